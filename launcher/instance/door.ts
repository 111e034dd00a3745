// The door of launcher/instance: what runs, and where it is written down.
export { InstanceError } from "./instance-error.ts";
export { instancesDirectory, type OpenedInstance, openInstance, releaseInstance, removeInstance } from "./instance-directory.ts";
export { HOST_RUNTIME, hasEnded, isRunning, listInstances, type RunningInstance } from "./list.ts";
export { sweepAppDirectory, sweepInstances } from "./sweep.ts";
