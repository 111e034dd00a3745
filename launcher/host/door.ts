// The door of launcher/host: who calls, what the host looks like, and the few things that must exist before a plan is made.
export { askCompositor } from "./compositor.ts";
export { listDevices } from "./devices.ts";
export type { Caller, CompositorFact, DeviceFact, DeviceUse, HostFacts, HostQueries, PathFact } from "./facts.ts";
export { type Follower, followFiles } from "./followed-files.ts";
export { folderSize } from "./folder-size.ts";
export { readElf } from "./linker/elf.ts";
export { hmacSha256 } from "./hmac-sha256.ts";
export { readCaller } from "./caller.ts";
export { probeHost } from "./probe.ts";
export { prepareHost } from "./prepare.ts";
export { type Fingerprint, type FingerprintRecord, restoreFingerprint, takeFingerprint } from "./fingerprint.ts";
export { RecordedNames } from "./recorded-names.ts";
