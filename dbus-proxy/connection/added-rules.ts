// The match rules that an app has on one connection, and whether one of them asks for a signal: looked up by what rules say exactly, so that thousands of them cost what a
// few do. An app chooses how many there are, and everybody waits for the look.
import { type MatchedSignal, type MatchRule, type MatchTerm, ruleMatches } from "../match-rule.ts";

export interface AddedRule {
  readonly rule: MatchRule;
  readonly count: number;
}

/** Rules that say the same things exactly: by what they say, and then by their whole text, what else they want. */
interface Form {
  readonly keys: readonly string[];
  readonly byValues: Map<string, Map<string, Rest>>;
}

interface Rest {
  /** "" for any. */
  readonly sender: string;
  /** Terms that are compared one by one, such as `path_namespace`. */
  readonly inexact: MatchRule | undefined;
}

const EXACT = /^(?:interface|member|path|arg\d+)$/;

export class AddedRules {
  readonly #byText = new Map<string, AddedRule>();
  readonly #forms = new Map<string, Form>();
  #inexact = 0;

  /** Rules with terms that are compared one by one: each costs a look. */
  get inexact(): number {
    return this.#inexact;
  }

  get(text: string): AddedRule | undefined {
    return this.#byText.get(text);
  }

  /** How many forms there would be with this rule; each costs a look at every signal. */
  formsWith(rule: MatchRule): number {
    return this.#forms.size + (this.#forms.has(nameOf(exactOf(rule))) ? 0 : 1);
  }

  set(text: string, added: AddedRule): void {
    const isNew = !this.#byText.has(text);
    this.#byText.set(text, added);
    if (!isNew) return;
    if (isInexact(added.rule)) this.#inexact++;
    const exact = exactOf(added.rule);
    const name = nameOf(exact);
    const form = this.#forms.get(name) ?? { keys: exact.map(({ key }) => key), byValues: new Map<string, Map<string, Rest>>() };
    this.#forms.set(name, form);
    const values = joined(exact.map(({ value }) => value));
    const rest = form.byValues.get(values) ?? new Map<string, Rest>();
    form.byValues.set(values, rest.set(text, restOf(added.rule)));
  }

  delete(text: string): void {
    const added = this.#byText.get(text);
    if (added === undefined) return;
    this.#byText.delete(text);
    if (isInexact(added.rule)) this.#inexact--;
    const exact = exactOf(added.rule);
    const name = nameOf(exact);
    const form = this.#forms.get(name);
    const values = joined(exact.map(({ value }) => value));
    const rest = form?.byValues.get(values);
    rest?.delete(text);
    if (rest?.size === 0) form?.byValues.delete(values);
    if (form?.byValues.size === 0) this.#forms.delete(name);
  }

  /** Whether the bus would send the signal for one of them. `owns`: whether the signal's sender owns a name. */
  askFor(signal: MatchedSignal, owns: (name: string) => boolean): boolean {
    for (const { keys, byValues } of this.#forms.values()) {
      const values = valuesOf(keys, signal);
      const rest = values === undefined ? undefined : byValues.get(values);
      if (rest === undefined) continue;
      for (const { sender, inexact } of rest.values()) {
        const isFrom = sender === "" || sender === signal.sender || owns(sender);
        if (isFrom && (inexact === undefined || ruleMatches(inexact, signal, owns))) return true;
      }
    }
    return false;
  }

  [Symbol.iterator](): IterableIterator<[string, AddedRule]> {
    return this.#byText[Symbol.iterator]();
  }
}

function isInexactTerm({ key, value }: MatchTerm): boolean {
  return !EXACT.test(key) && key !== "sender" && !(key === "type" && value === "signal");
}

export function isInexact({ terms }: MatchRule): boolean {
  return terms.some(isInexactTerm);
}

function restOf(rule: MatchRule): Rest {
  const sender = rule.terms.find(({ key }) => key === "sender")?.value ?? "";
  return { sender, inexact: isInexact(rule) ? { terms: rule.terms.filter(isInexactTerm) } : undefined };
}

function exactOf({ terms }: MatchRule): readonly MatchTerm[] {
  return terms.filter(({ key }) => EXACT.test(key)).sort((one, other) => (one.key < other.key ? -1 : 1));
}

function nameOf(exact: readonly MatchTerm[]): string {
  return exact.map(({ key }) => key).join();
}

/** No text on a bus holds a NUL. */
function joined(values: readonly string[]): string {
  return values.join("\0");
}

/** What the signal says in these places; undefined where it has no such argument. */
function valuesOf(keys: readonly string[], signal: MatchedSignal): string | undefined {
  let values = "";
  for (const [index, key] of keys.entries()) {
    const value = key === "interface" || key === "member" || key === "path" ? signal[key] : signal.args[Number(key.slice(3))];
    if (value === undefined) return undefined;
    values += index === 0 ? value : `\0${value}`;
  }
  return values;
}
