// The rules of one name as tables that answer in a time that does not grow with the number of rules.
import { SpecialRules } from "./argument-rules.ts";
import type { ParsedMessageRule } from "./message-rules.ts";

/** Rules of one name. What is found is the `because` of the rule. */
export class RuleTable {
  readonly #byMethod = new Map<string, PathTable>();
  /** Rules that look beyond the header, where there are any. */
  special: SpecialRules | undefined;

  add(rule: ParsedMessageRule, because: string): void {
    if (isSpecial(rule)) {
      this.special ??= new SpecialRules();
      this.special.add(rule, because);
      return;
    }
    const key = `${rule.interface} ${rule.member}`;
    let paths = this.#byMethod.get(key);
    if (paths === undefined) {
      paths = new PathTable();
      this.#byMethod.set(key, paths);
    }
    paths.add(rule, because);
  }

  /** The `because` of a rule that allows the message, or undefined. A message without an interface fits only rules without one. */
  find(path: string, interfaceName: string, member: string): string | undefined {
    let found = this.#byMethod.get(ANY_METHOD)?.find(path);
    if (found !== undefined || interfaceName === "") return found;
    found = this.#byMethod.get(`${interfaceName} `)?.find(path);
    return found ?? this.#byMethod.get(`${interfaceName} ${member}`)?.find(path);
  }
}

const ANY_METHOD = " ";

class PathTable {
  #any: string | undefined;
  readonly #exact = new Map<string, string>();
  readonly #below = new Map<string, string>();

  add(rule: ParsedMessageRule, because: string): void {
    if (rule.path === "") this.#any ??= because;
    else if (rule.below) this.#below.set(rule.path, because);
    else this.#exact.set(rule.path, because);
  }

  find(path: string): string | undefined {
    const found = this.#any ?? this.#exact.get(path);
    if (found !== undefined || this.#below.size === 0) return found;
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const because = this.#below.get(path.slice(0, end));
      if (because !== undefined) return because;
    }
    return undefined;
  }
}

function isSpecial(rule: ParsedMessageRule): boolean {
  return rule.granted || rule.conditions.length > 0 || rule.grants !== "" || rule.forgets;
}
