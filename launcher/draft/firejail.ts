// Reads Firejail's profiles (firejail-profile(5)) with what they include. Firejail starts from a program that may do all and takes away; a manifest starts from nothing.
// So most lines of a profile are needless, and what a profile leaves open becomes a grant. Pure but for `read`.
import type { DraftLine } from "./draft.ts";
import { judgeLine, type Judged, type Openness } from "./firejail-lines.ts";

export interface ProfileSource {
  /** The text of a file; null where it is not there. */
  read(path: string): string | null;
  /** Where includes are looked for, first wins. */
  readonly folders: readonly string[];
}

const DEEPEST = 16;

/** `file`: absolute path of the profile. */
export function readProfile(file: string, source: ProfileSource): readonly DraftLine[] {
  const state: State = {
    source,
    ignored: [],
    seen: new Set(),
    lines: [],
    open: { network: true, sound: true, video: true, x11: true, ipc: true, systemBus: true },
  };
  const text = source.read(file);
  if (text !== null) readText(state, file, text, 0);
  return [...state.lines, ...leftOpen(file, state.open)];
}

interface State {
  readonly source: ProfileSource;
  readonly ignored: string[];
  readonly seen: Set<string>;
  readonly lines: DraftLine[];
  open: Openness;
}

function readText(state: State, file: string, text: string, depth: number): void {
  for (const [index, raw] of text.split("\n").entries()) {
    const written = raw.trim();
    if (written === "" || written.startsWith("#")) continue;
    const at = { file, line: index + 1, text: written };
    const bare = written.replace(/\s+#.*$/, "");
    // A condition on how Firejail was started or configured: the line counts as its defaults have it.
    const conditional = /^\?([A-Z0-9_]+):\s*(.*)$/.exec(bare);
    const words = conditional === null ? bare : (conditional[2] ?? "");
    if (conditional !== null && conditional[1] !== "ALLOW_TRAY") state.lines.push({ ...at, verdict: "needless", reason: "draft.fj-condition" });
    else if (state.ignored.some((start) => words === start || words.startsWith(`${start} `)))
      state.lines.push({ ...at, verdict: "needless", reason: "draft.fj-ignored" });
    else if (words.startsWith("ignore ")) {
      state.ignored.push(words.slice("ignore ".length).trim());
      state.lines.push({ ...at, verdict: "expressed", reason: "draft.fj-ignore" });
    } else if (words.startsWith("include ")) include(state, at, words.slice("include ".length).trim(), depth);
    // What all profiles show of `/var` is for the few that need it.
    else if (file.endsWith(".inc") && /^(?:whitelist|noblacklist) \/var\//.test(words))
      state.lines.push({ ...at, verdict: "needless", reason: "draft.fj-common" });
    else state.lines.push({ ...at, ...applied(state, judgeLine(words)) });
  }
}

function applied(state: State, { closes = {}, ...line }: Judged): Omit<DraftLine, "file" | "line" | "text"> {
  state.open = { ...state.open, ...closes };
  return line;
}

function include(state: State, at: Pick<DraftLine, "file" | "line" | "text">, name: string, depth: number): void {
  const candidates = name.startsWith("/") ? [name] : state.source.folders.map((folder) => `${folder}/${name}`);
  const found = candidates.map((path) => ({ path, text: state.source.read(path) })).find(({ text }) => text !== null);
  // Files for local changes need not be there; any other is a part of the profile that nobody could read.
  if (found === undefined || found.text === null)
    state.lines.push({
      ...at,
      verdict: name.endsWith(".local") ? "needless" : "inexpressible",
      reason: name.endsWith(".local") ? "draft.fj-no-local" : "draft.fj-no-include",
    });
  else {
    state.lines.push({ ...at, verdict: "expressed", reason: "draft.fj-included" });
    if (state.seen.has(found.path) || depth >= DEEPEST) return;
    state.seen.add(found.path);
    readText(state, found.path, found.text, depth + 1);
  }
}

/** What the profile does not take away, and a window program needs. */
function leftOpen(file: string, open: Openness): readonly DraftLine[] {
  const grant = (is: boolean, reason: string, ...options: string[]): readonly DraftLine[] =>
    is ? [{ file, line: 0, text: "", verdict: "expressed", reason, options }] : [];
  return [
    ...grant(open.x11, "draft.fj-open-display", "--socket=wayland", "--socket=fallback-x11"),
    ...grant(open.x11 && open.ipc, "draft.fj-open-ipc", "--share=ipc"),
    ...grant(open.network, "draft.fj-open-network", "--share=network"),
    ...grant(open.sound, "draft.fj-open-sound", "--socket=pulseaudio"),
    ...grant(open.video, "draft.fj-open-3d", "--device=dri"),
  ];
}
