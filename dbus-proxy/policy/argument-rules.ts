// Rules that look beyond a message's header: tables whose answer takes a time that does not grow with the number of rules.
import { type ArgumentCondition, isPlainPath, type MessageBody, renderSelector, type Selector, selectTexts } from "./argument-conditions.ts";
import type { ParsedMessageRule } from "./message-rules.ts";

/** What a rule that allowed a message says beside that. */
export interface RuleHit {
  readonly because: string;
  /** Object paths below this one in the answer may be named from then on; "" for none. */
  readonly grants: string;
  /** What the message speaks of is granted no longer. */
  readonly forgets: boolean;
}

export interface Circumstances {
  /** Undefined where the message has none, or it is not read. */
  readonly body: MessageBody | undefined;
  isGranted(path: string): boolean;
  /** Whether it is the unique name of one of the sandbox's connections. Missing: no name is. */
  isOwn?(name: string): boolean;
}

/** Different forms of conditions on one method at one path: each costs a look. Rules of one form may be any number. */
export const MAX_FORMS = 16;

export class SpecialRules {
  readonly #byMethod = new Map<string, Map<string, FormTable>>();

  /** False where the method has too many forms of conditions already; the rule allows nothing then. */
  add(rule: ParsedMessageRule, because: string): boolean {
    const method = `${rule.interface} ${rule.member}`;
    let paths = this.#byMethod.get(method);
    if (paths === undefined) {
      paths = new Map();
      this.#byMethod.set(method, paths);
    }
    const key = rule.granted ? GRANTED : rule.path === "" ? ANYWHERE : `${rule.below ? "below" : "at"} ${rule.path}`;
    let table = paths.get(key);
    if (table === undefined) {
      table = new FormTable();
      paths.set(key, table);
    }
    return table.add(rule.conditions, { because, grants: rule.grants, forgets: rule.forgets });
  }

  /** Whether some rule for such a message looks at its body. */
  wantsBody(path: string, interfaceName: string, member: string): boolean {
    for (const table of this.#tables(path, interfaceName, member, () => true)) if (table.wantsBody) return true;
    return false;
  }

  find(path: string, interfaceName: string, member: string, circumstances: Circumstances): RuleHit | undefined {
    for (const table of this.#tables(path, interfaceName, member, circumstances.isGranted)) {
      const hit = table.find(circumstances);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }

  /** Reasons of rules for such a message, whatever its arguments. */
  *reasons(path: string, interfaceName: string, member: string): Generator<string> {
    for (const table of this.#tables(path, interfaceName, member, () => true)) yield* table.reasons;
  }

  *#tables(path: string, interfaceName: string, member: string, isGranted: (path: string) => boolean): Generator<FormTable> {
    const methods = interfaceName === "" ? [" "] : [" ", `${interfaceName} `, `${interfaceName} ${member}`];
    for (const method of methods) {
      const paths = this.#byMethod.get(method);
      if (paths === undefined) continue;
      for (const key of keysOf(path)) {
        const table = paths.get(key);
        if (table !== undefined) yield table;
      }
      const granted = paths.get(GRANTED);
      if (granted !== undefined && isGranted(path)) yield granted;
    }
  }
}

const ANYWHERE = "";
const GRANTED = "granted";

function* keysOf(path: string): Generator<string> {
  yield ANYWHERE;
  yield `at ${path}`;
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) yield `below ${path.slice(0, end)}`;
}

/** All rules of one method and path, by the form of their conditions. */
class FormTable {
  readonly #forms = new Map<string, { readonly selectors: readonly Selector[]; readonly root: Level }>();
  readonly reasons: string[] = [];
  wantsBody = false;

  add(conditions: readonly ArgumentCondition[], hit: RuleHit): boolean {
    const sorted = [...conditions].sort((one, other) => (renderSelector(one) < renderSelector(other) ? -1 : 1));
    const form = sorted.map(renderSelector).join(" ");
    let known = this.#forms.get(form);
    if (known === undefined) {
      if (this.#forms.size >= MAX_FORMS) return false;
      known = { selectors: sorted, root: new Level() };
      this.#forms.set(form, known);
    }
    if (this.reasons.length < MAX_REASONS) this.reasons.push(hit.because);
    if (sorted.length > 0) this.wantsBody = true;
    let level = known.root;
    for (const { text } of sorted) level = level.below(text);
    level.hit ??= hit;
    return true;
  }

  find(circumstances: Circumstances): RuleHit | undefined {
    for (const { selectors, root } of this.#forms.values()) {
      const hit = descend(root, selectors, 0, circumstances);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }
}

const MAX_REASONS = 3;

/** One condition of a form: the texts that rules want there, and what they want next. */
class Level {
  readonly next = new Map<string, Level>();
  readonly lengths = new Set<number>();
  hit: RuleHit | undefined;

  below(text: string): Level {
    let level = this.next.get(text);
    if (level === undefined) {
      level = new Level();
      this.next.set(text, level);
      this.lengths.add(text.length);
    }
    return level;
  }
}

function descend(level: Level, selectors: readonly Selector[], at: number, circumstances: Circumstances): RuleHit | undefined {
  const selector = selectors[at];
  if (selector === undefined) return level.hit;
  const texts = circumstances.body === undefined ? undefined : selectTexts(circumstances.body, selector);
  if (texts === undefined) return undefined;
  const go = (key: string): RuleHit | undefined => {
    const next = level.next.get(key);
    return next === undefined ? undefined : descend(next, selectors, at + 1, circumstances);
  };
  const [text = ""] = texts;
  switch (selector.comparison) {
    case "is":
      return go(text);
    case "present":
    case "only":
      return go("");
    case "granted":
      return texts.every(circumstances.isGranted) ? go("") : undefined;
    case "own":
      return circumstances.isOwn?.(text) === true ? go("") : undefined;
    case "prefix":
      for (const length of level.lengths) {
        const hit = length <= text.length ? go(text.slice(0, length)) : undefined;
        if (hit !== undefined) return hit;
      }
      return undefined;
    case "path":
      if (!isPlainPath(text)) return undefined;
      for (let end = text.length; end > 0; end = text.lastIndexOf("/", end - 1)) {
        const hit = go(text.slice(0, end));
        if (hit !== undefined) return hit;
      }
      return text === "/" ? undefined : go("/");
  }
}
