// The door of launcher/doctor: what stands between this machine and a sandbox, with the way out.
export type { Check, Ended, Finding, Look, Machine, State } from "./check.ts";
export { readProcesses } from "./instance/processes.ts";
export { type ProcessFacts, type Waiting, waitingOf } from "./instance/waiting.ts";
export { CHECKS } from "./list.ts";
export { readMachine } from "./machine.ts";
