// The door of launcher/try: `run --try`, whose changes are kept aside until the user has seen them.
export { beginTry, begunTry, type KeptTry, listTries, lockTry, makeTry, readTry, triesFolder, TRY_VARIABLE } from "./record.ts";
export { type Change, type Left, walkTry } from "./walk.ts";
export { removeTry } from "./remove.ts";
