// The door of launcher/doctor: what stands between this machine and a sandbox, with the way out.
export type { Check, Ended, Finding, Look, Machine, State } from "./check.ts";
export { CHECKS } from "./list.ts";
export { readMachine } from "./machine.ts";
