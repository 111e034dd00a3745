// The door of launcher/draft: `readDraft` reads a source, `renderDraft` writes the manifest.
export { countVerdicts, DRAFT_KINDS, type Draft, type DraftLine, reasonOf, renderDraft } from "./draft.ts";
export { readProfile } from "./firejail.ts";
export { presentFolders } from "./program.ts";
export { kindOf, readDraft } from "./sources.ts";
