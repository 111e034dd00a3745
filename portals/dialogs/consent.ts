// What the user is asked once, and what he said then: kept in the permission store, where `tsbox permission-set` and `-remove` change it.
import type { PortalInstance } from "../core/instance.ts";
import { type Consent, askAnswer, cleanText } from "./dialogs.ts";

export interface AskedPermission {
  /** Of the store, in xdg-permission-store's words; the object's id is the same where none is given. */
  readonly table: string;
  readonly id?: string;
  /** `portal.WORDS-title`, `-text` and `-accept` are the question. */
  readonly words: string;
  /** What the app says of it. */
  readonly reason?: string | undefined;
  readonly parentWindow?: string;
  readonly cancelled?: AbortSignal;
  /** Of the answers; both where nothing is said. What the user set himself holds all the same. */
  readonly keeps?: "yes" | "nothing";
}

/** INVARIANT: only `yes` said by the user, now or before, is a yes; what could not be asked is kept nowhere. */
export async function isAllowed(instance: PortalInstance, asked: AskedPermission): Promise<boolean> {
  const { table, id = table, keeps } = asked;
  const { store, appId } = instance;
  const [known] = store.lookup(table, id, appId);
  if (known === "yes" || known === "no") return known === "yes";
  // Programs ask in bursts, and one answer serves them all.
  const waiting = instance.own("consents asked", () => new Map<string, Promise<Consent>>());
  const key = `${table} ${id}`;
  const asking = waiting.get(key) ?? ask(instance, asked);
  waiting.set(key, asking);
  try {
    const answer = await asking;
    const isKept = keeps === undefined ? answer !== "none" : answer === keeps;
    if (waiting.get(key) === asking && isKept) store.set(table, id, appId, [answer]);
    return answer === "yes" && asked.cancelled?.aborted !== true;
  } finally {
    if (waiting.get(key) === asking) waiting.delete(key);
  }
}

/** Refused beforehand; nobody is asked. */
export function isRefused({ store, appId }: PortalInstance, table: string, id: string): boolean {
  return store.lookup(table, id, appId)[0] === "no";
}

function ask(instance: PortalInstance, { words, reason, parentWindow = "", cancelled = new AbortController().signal }: AskedPermission): Promise<Consent> {
  return askAnswer(instance, {
    title: instance.say(`portal.${words}-title`),
    text: instance.say(`portal.${words}-text`),
    appText: cleanText(reason),
    accept: instance.say(`portal.${words}-accept`),
    refuse: instance.say("portal.refuse"),
    parentWindow,
    cancelled,
  });
}
