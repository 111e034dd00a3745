// Whether the user also gives the files beside a picked one (subtitles, parts of a page): offered in the dialog itself where that has a place for it, else asked
// behind the pick where he wants to be asked (`tsbox permission-set neighbours neighbours APP ask`), never where he does not (`no`).
import type { PortalInstance } from "../core/instance.ts";
import type { ChoiceQuestion, FileQuestion, NeighbourAccess, NeighbourOffer, PickedFiles } from "./dialogs.ts";

const TABLE = "neighbours";
const ACCESSES: readonly NeighbourAccess[] = ["read", "write"];

export function neighbourOffer(instance: PortalInstance, kind: FileQuestion["kind"]): NeighbourOffer | undefined {
  const [known] = instance.store.lookup(TABLE, TABLE, instance.appId);
  if (kind === "folder" || known === "no") return undefined;
  return {
    // What cannot be written there cannot be saved there either.
    accesses: kind === "save" ? ["write"] : ACCESSES,
    asks: known === "ask",
    title: instance.say("portal.neighbours-title"),
    text: instance.say("portal.neighbours-text"),
    labels: {
      none: instance.say("portal.neighbours-refuse"),
      read: instance.say("portal.neighbours-read-accept"),
      write: instance.say("portal.neighbours-write-accept"),
    },
  };
}

/** An answer of a dialog's: only what was offered counts. */
export function neighboursOf(offer: NeighbourOffer | undefined, answer: string | undefined): Pick<PickedFiles, "neighbours"> {
  const access = offer?.accesses.find((one) => one === answer);
  return access === undefined ? {} : { neighbours: access };
}

/** For dialogs that pick and do nothing else. */
export async function askBehind(
  { neighbours: offer, cancelled }: FileQuestion,
  paths: readonly string[],
  choose: (question: ChoiceQuestion) => Promise<string | null | undefined>,
): Promise<PickedFiles> {
  if (offer?.asks !== true || paths.length === 0) return { paths };
  const choices = (["none", ...offer.accesses] as const).map((id) => ({ id, label: offer.labels[id] }));
  const chosen = await choose({ title: offer.title, text: offer.text, choices, preferred: "none", cancelled });
  return { paths, ...neighboursOf(offer, chosen ?? undefined) };
}
