// Questions to the user. One form for every driver; who cannot be asked has not allowed anything.
import type { PortalInstance } from "../core/instance.ts";
import { backendDialogs } from "./backend.ts";
import { kdialogDialogs } from "./kdialog.ts";
import { scriptedDialogs } from "./scripted.ts";
import { terminalDialogs } from "./terminal.ts";
import { zenityDialogs } from "./zenity.ts";

export interface Question {
  /** Of ours; the app's id stands in it. */
  readonly title: string;
  readonly text: string;
  /** What the app says of itself, cleaned; shown as such. */
  readonly appText: string;
  readonly accept: string;
  readonly refuse: string;
  readonly parentWindow: string;
  readonly cancelled: AbortSignal;
}

export interface FileFilter {
  readonly name: string;
  /** Globs such as `*.png`. */
  readonly patterns: readonly string[];
}

/** What may be done with the files beside a picked one. */
export type NeighbourAccess = "read" | "write";

export interface PickedFiles {
  /** Absolute. */
  readonly paths: readonly string[];
  /** The user also gives the folder that they lie in, for as long as this sandbox runs. */
  readonly neighbours?: NeighbourAccess;
}

/** How a dialog lets the user give the files beside what he picks. No app ever has a word in it. */
export interface NeighbourOffer {
  readonly accesses: readonly NeighbourAccess[];
  /** A dialog that has no place for it asks behind the pick. */
  readonly asks: boolean;
  readonly title: string;
  /** Above the answers. */
  readonly text: string;
  /** One for each access, and for none of them. */
  readonly labels: Readonly<Record<NeighbourAccess | "none", string>>;
}

export interface FileQuestion {
  readonly kind: "open" | "save" | "folder";
  /** Missing: the user is not offered to give the files beside. */
  readonly neighbours?: NeighbourOffer | undefined;
  readonly title: string;
  readonly multiple: boolean;
  readonly filters: readonly FileFilter[];
  /** A file's name to begin with, without a slash; "" for none. */
  readonly name: string;
  /** An absolute folder to begin in; "" for none. */
  readonly folder: string;
  readonly parentWindow: string;
  readonly cancelled: AbortSignal;
}

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface ChoiceQuestion {
  readonly title: string;
  readonly text: string;
  readonly choices: readonly Choice[];
  readonly preferred: string;
  readonly cancelled: AbortSignal;
}

/** `none`: nobody could be asked. */
export type Consent = "yes" | "no" | "none";

export interface Dialogs {
  readonly driver: string;
  confirm(question: Question): Promise<Consent>;
  /** Null where the user picked none. Undefined: nobody could be asked. */
  pickFiles(question: FileQuestion): Promise<PickedFiles | null | undefined>;
  choose(question: ChoiceQuestion): Promise<string | null | undefined>;
}

/** Tries to open; undefined where this session has not what it needs. */
export type DialogDriver = (instance: PortalInstance) => Promise<Dialogs | undefined>;

/** In the order of preference. A script that the user set stands before all: it is for machines without a user. */
const DRIVERS: readonly DialogDriver[] = [scriptedDialogs, backendDialogs, zenityDialogs("zenity"), kdialogDialogs, zenityDialogs("yad"), terminalDialogs];

/** Undefined where there is no way to ask. */
function openDialogs(instance: PortalInstance): Promise<Dialogs | undefined> {
  return instance.own("dialogs", async () => {
    for (const driver of DRIVERS) {
      const dialogs = await driver(instance);
      if (dialogs === undefined) continue;
      instance.note("dialogs", { driver: dialogs.driver });
      return dialogs;
    }
    return undefined;
  });
}

const MAX_WAITING = 8;

/** One question of an app at a time; a few may wait, more are not asked. Undefined: not asked. */
export async function inTurn<T>(instance: PortalInstance, ask: (dialogs: Dialogs) => Promise<T>): Promise<T | undefined> {
  const turn = instance.own("dialog turn", () => ({ last: Promise.resolve() as Promise<unknown>, waiting: 0 }));
  if (turn.waiting >= MAX_WAITING) return undefined;
  turn.waiting++;
  const before = turn.last;
  const mine = (async () => {
    await before.catch(() => {});
    const dialogs = await openDialogs(instance);
    return dialogs === undefined ? undefined : ask(dialogs);
  })();
  turn.last = mine;
  try {
    return await mine;
  } finally {
    turn.waiting--;
  }
}

/** An app that shares the user's X display can answer any window there itself: its consent is nobody's. A script's answer it cannot give. */
function canForgeAnswers({ origin }: PortalInstance): boolean {
  return origin.views.some(({ inside }) => inside.startsWith("/tmp/.X11-unix"));
}

export async function askConsent(instance: PortalInstance, question: Question): Promise<boolean> {
  return (await askAnswer(instance, question)) === "yes";
}

/** `none` also where the app takes its question back: nobody has answered it. */
export async function askAnswer(instance: PortalInstance, question: Question): Promise<Consent> {
  const answer = await inTurn(instance, async (dialogs) => (dialogs.driver !== "scripted" && canForgeAnswers(instance) ? "none" : dialogs.confirm(question)));
  return question.cancelled.aborted ? "none" : (answer ?? "none");
}

const MAX_TEXT_CHARS = 300;
/** Control and bidirectional characters, and line ends: what could repaint a dialog, or look like more of it. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu;

/** Text of an app's, as one short line. */
export function cleanText(raw: string | undefined): string {
  const line = (raw ?? "").replace(UNSAFE, " ").trim();
  return line.length > MAX_TEXT_CHARS ? `${line.slice(0, MAX_TEXT_CHARS)}…` : line;
}
