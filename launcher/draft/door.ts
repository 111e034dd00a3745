// The door of launcher/draft: `readDraft` reads a source, `renderDraft` writes the manifest.
export { countVerdicts, DRAFT_KINDS, type Draft, type DraftKind, type DraftLine, reasonOf, renderDraft } from "./draft.ts";
export { type ProfileSource, readProfile } from "./firejail.ts";
export { presentFolders } from "./program.ts";
export { type DraftWish, kindOf, readDraft } from "./sources.ts";
