// The door of launcher/app-data: the folders below ~/.var/app as a user keeps them: sizes, backups, a fresh start.
export { type Adoptable, adoptCopy, type Adopted, findAdoptable, undoCopy } from "./adopt.ts";
export { adoptedFile, forgetAdopted, keepAdopted, readAdopted } from "./adopted-file.ts";
export { backUpData, restoreData } from "./archive.ts";
export { copyData, moveData } from "./copy.ts";
export { asideFolder, resetData } from "./reset.ts";
export { dataSizes } from "./sizes.ts";
