// How one app stands towards one name or peer: a policy made into flat look-ups, in a time that depends on the depth of a name, never on the number of rules.
import { BUS_NAME } from "../wire/message.ts";
import { parseMessageRule } from "./message-rules.ts";
import { NameAliases } from "./name-aliases.ts";
import type { HiddenRule, MessageRule, ProxyPolicy } from "./policy.ts";
import { RuleTable } from "./rule-table.ts";

/** Levels as numbers, so that they compare. */
export const NONE = 0;
export const SEE = 1;
export const TALK = 2;
export const OWN = 3;

/** All that the policy says about a name, or about a peer through the names it owns. */
export interface Standing {
  readonly level: number;
  /** Of the entry that gives the level. */
  readonly because: string;
  /** The name may be owned and nothing else: owners of such names are not followed, so nobody knows whom a call would reach. */
  readonly onlyToOwn: boolean;
  /** `talk` entries let every message pass both ways; "" where there is none. */
  readonly talkBecause: string;
  readonly calls: readonly RuleTable[];
  readonly broadcasts: readonly RuleTable[];
}

interface Entry {
  level: number;
  because: string;
  talkBecause: string;
  calls: RuleTable | undefined;
  broadcasts: RuleTable | undefined;
}

export const STRANGER: Standing = { level: NONE, because: "", onlyToOwn: false, talkBecause: "", calls: [], broadcasts: [] };
/** A peer that has written to the app: it may be asked about, not called. */
export const SEEN: Standing = { ...STRANGER, level: SEE, because: "it wrote to this app" };
/** The app itself. */
export const SELF: Standing = { ...STRANGER, level: TALK, because: "the app itself", talkBecause: "the app itself" };

const MAX_REMEMBERED = 4096;

export class CompiledPolicy {
  readonly source: ProxyPolicy;
  readonly aliases: NameAliases | undefined;
  readonly #exact = new Map<string, Entry>();
  readonly #subtrees = new Map<string, Entry>();
  readonly #prefixes = new Map<string, Entry>();
  readonly #hidden = new Map<string, HiddenRule>();
  readonly #hiddenSubtrees = new Map<string, HiddenRule>();
  readonly #remembered = new Map<string, Standing>();
  /** Whether any rule looks beyond the headers of messages. */
  hasSpecialRules = false;

  constructor(source: ProxyPolicy) {
    this.source = source;
    this.aliases = source.aliases === undefined || source.aliases.length === 0 ? undefined : new NameAliases(source.aliases);
    raise(this.#entry(BUS_NAME), TALK, "every app may use the bus itself");
    for (const rule of source.names) {
      const level = rule.level === "own" ? OWN : rule.level === "talk" ? TALK : SEE;
      raise(this.#entry(rule.name), level, rule.because);
    }
    for (const rule of source.calls) this.#addRule(rule, "calls");
    for (const rule of source.broadcasts) this.#addRule(rule, "broadcasts");
    for (const rule of source.hidden) {
      const [map, key] = rule.name.endsWith(".*") ? [this.#hiddenSubtrees, rule.name.slice(0, -2)] : [this.#hidden, rule.name];
      if (map.get(key)?.onlyOnBus !== false) map.set(key, { onlyOnBus: false, ...rule });
    }
  }

  /** Names with an entry: exact ones, and whether a subtree begins there. The bus itself is left out. */
  *watchedNames(): Generator<{ readonly name: string; readonly subtree: boolean }> {
    for (const name of this.#exact.keys()) if (name !== BUS_NAME && !this.#subtrees.has(name)) yield { name, subtree: false };
    for (const name of this.#subtrees.keys()) yield { name, subtree: true };
  }

  /** All by which objects are granted, and forgotten. */
  *rulesOfGrants(): Generator<string> {
    for (const { name, rule } of this.source.calls) if ((parseMessageRule(rule)?.grants ?? "") !== "") yield `${name} ${rule}`;
    yield* this.ownMatchRules();
  }

  /** Signals that the filter itself must hear: what they speak of is granted no longer. */
  *ownMatchRules(): Generator<string> {
    for (const { name, rule } of this.source.broadcasts) {
      const parsed = parseMessageRule(rule);
      if (parsed?.forgets !== true || parsed.interface === "" || parsed.member === "") continue;
      const path = parsed.path === "" ? "" : `,path_namespace='${parsed.path}'`;
      yield `type='signal',sender='${name}',interface='${parsed.interface}',member='${parsed.member}'${path}`;
    }
  }

  #addRule({ name, rule, because }: MessageRule, kind: "calls" | "broadcasts"): void {
    const parsed = parseMessageRule(rule);
    // Whoever made the policy refuses a malformed one; here it allows nothing.
    if (parsed === undefined) return;
    const entry = this.#entry(name);
    entry[kind] ??= new RuleTable();
    entry[kind].add(parsed, because);
    if (entry[kind].special !== undefined) this.hasSpecialRules = true;
    raiseByRule(entry, because);
  }

  /** For a well-known name. Remembered: the same few names come with every message. */
  standingOf(name: string): Standing {
    const known = this.#remembered.get(name);
    if (known !== undefined) return known;
    const standing = this.#work(name);
    // A list of all names on the bus holds thousands of strangers: they do not push out those that the app talks to.
    if (standing === STRANGER && this.#remembered.size >= MAX_REMEMBERED / 2) return standing;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(name, standing);
    return standing;
  }

  /** Why a name stays hidden whatever else is said, or undefined. */
  hiddenBecause(name: string): string | undefined {
    return this.#hiding(name)[0]?.because;
  }

  /** For a name that the broker serves to this app itself: some names are hidden only as the host's. */
  standingOfServed(name: string): Standing {
    const hiding = this.#hiding(name);
    return hiding.length > 0 && hiding.every(({ onlyOnBus }) => onlyOnBus === true) ? this.#granted(name) : this.standingOf(name);
  }

  #hiding(name: string): readonly HiddenRule[] {
    const rules = [this.#hidden.get(name), firstAbove(name, this.#hiddenSubtrees)];
    return rules.filter((rule) => rule !== undefined);
  }

  #work(name: string): Standing {
    const hidden = this.hiddenBecause(name);
    return hidden === undefined ? this.#granted(name) : { ...STRANGER, because: hidden };
  }

  #granted(name: string): Standing {
    const entries: Entry[] = [];
    const exact = this.#exact.get(name);
    if (exact !== undefined) entries.push(exact);
    for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
      const above = this.#subtrees.get(name.slice(0, end));
      if (above !== undefined) entries.push(above);
    }
    if (entries.length === 0) for (const [prefix, entry] of this.#prefixes) if (name.startsWith(prefix)) return { ...standingOfEntry(entry), onlyToOwn: true };
    return merge(entries.map(standingOfEntry));
  }

  #entry(name: string): Entry {
    const subtree = name.endsWith(".*");
    const prefix = name.endsWith("-*");
    const map = subtree ? this.#subtrees : prefix ? this.#prefixes : this.#exact;
    const key = subtree ? name.slice(0, -2) : prefix ? name.slice(0, -1) : name;
    let entry = map.get(key);
    if (entry === undefined) {
      entry = { level: NONE, because: "", talkBecause: "", calls: undefined, broadcasts: undefined };
      map.set(key, entry);
    }
    return entry;
  }
}

/** Whether nothing but the app's right to own the name, or a rule, lets a message pass. */
export function isOwnAlone(standing: Standing): boolean {
  return standing.level === OWN && standing.talkBecause === "";
}

/** Whether the app may know of the name or peer. One that it may own and nothing else may be another program's. */
export function isVisible(standing: Standing): boolean {
  return standing.level >= SEE && !standing.onlyToOwn;
}

/** The union of what several names allow. A name that may only be owned adds nothing to the others: whoever owns it is a stranger by it. */
export function merge(all: readonly Standing[]): Standing {
  const known = all.filter((one) => !one.onlyToOwn);
  const standings = known.length === 0 ? all.slice(0, 1) : known;
  if (standings.length === 0) return STRANGER;
  if (standings.length === 1) return standings[0] as Standing;
  const highest = standings.reduce((best, one) => (one.level > best.level ? one : best));
  return {
    level: highest.level,
    because: highest.because,
    onlyToOwn: false,
    talkBecause: standings.find((one) => one.talkBecause !== "")?.talkBecause ?? "",
    calls: standings.flatMap((one) => one.calls),
    broadcasts: standings.flatMap((one) => one.broadcasts),
  };
}

function standingOfEntry(entry: Entry): Standing {
  return {
    level: entry.level,
    because: entry.because,
    onlyToOwn: false,
    talkBecause: entry.talkBecause,
    calls: entry.calls === undefined ? [] : [entry.calls],
    broadcasts: entry.broadcasts === undefined ? [] : [entry.broadcasts],
  };
}

function raise(entry: Entry, level: number, because: string): void {
  if (level > entry.level) {
    entry.level = level;
    entry.because = because;
  }
  if (level === TALK && entry.talkBecause === "") entry.talkBecause = because;
}

/** A rule makes its name visible and startable, but lets only its own messages pass. */
function raiseByRule(entry: Entry, because: string): void {
  if (entry.level >= TALK) return;
  entry.level = TALK;
  entry.because = because;
}

function firstAbove(name: string, subtrees: ReadonlyMap<string, HiddenRule>): HiddenRule | undefined {
  if (subtrees.size === 0) return undefined;
  for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
    const rule = subtrees.get(name.slice(0, end));
    if (rule !== undefined) return rule;
  }
  return undefined;
}
