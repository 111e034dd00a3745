// The second door of this folder: what is kept on disk, for the command line, which serves no portals.
export { forgetInHostStore } from "./store/host-store.ts";
export { openPermissionStore, stateFolderOf } from "./store/permission-store.ts";
export { exportFile, pathInside } from "./documents/export-file.ts";
export { READ_TABLES } from "./store/tables.ts";
export { openQuestions, type QuestionAnswer, type WaitingQuestion } from "./dialogs/questions.ts";
export { terminalsOf } from "./outside/terminals.ts";
export { type DocumentRecord, openRecords } from "./documents/records.ts";
export { folderMark, inFolders, removeTree } from "./documents/held-folder.ts";
