// The second door of this folder: what is kept on disk, for the command line, which serves no portals.
export { openPermissionStore, stateFolderOf } from "./store/permission-store.ts";
export { openRecords } from "./documents/records.ts";
export { folderMark, inFolders } from "./documents/held-folder.ts";
