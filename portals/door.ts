// The door of this folder: the service that the broker loads when an app first asks for portals, and the data that a launch leaves for it.
export type { PortalOrigin } from "./core/instance.ts";
export type { PartOwner, RefusedPart, SubSandbox, SubSandboxWish } from "./core/sub-sandbox.ts";
export { createPortalService, type PortalService } from "./service.ts";
// Also for files that the user binds into a sandbox: keeping two names of a file the same.
export { attachNow } from "./documents/attach.ts";
export { type Mirror, openMirror } from "./documents/file-mirror.ts";
export { folderMark, inFolders } from "./documents/held-folder.ts";
