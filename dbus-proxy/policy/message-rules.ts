// The rule language `[METHOD][@PATH]` of `--call` and `--broadcast`, and tables that answer in a time that does not grow with the number of rules.

export interface ParsedMessageRule {
  /** Empty: any. */
  readonly interface: string;
  /** Empty: any. */
  readonly member: string;
  /** Empty: any. */
  readonly path: string;
  /** The path and everything below it. */
  readonly below: boolean;
}

/** As xdg-dbus-proxy reads it: `@` splits at its first occurrence, the text behind the last dot is the member, one without a dot is an interface. */
export function parseMessageRule(rule: string): ParsedMessageRule {
  const at = rule.indexOf("@");
  const method = at < 0 ? rule : rule.slice(0, at);
  let path = at < 0 ? "" : rule.slice(at + 1);
  const below = path.endsWith("/*");
  if (below) path = path.slice(0, -2);
  // `@/*` is everything: an empty rest.
  const where = { path, below: below && path !== "" };
  if (method === "" || method.startsWith("*")) return { interface: "", member: "", ...where };
  const dot = method.lastIndexOf(".");
  if (dot < 0) return { interface: method, member: "", ...where };
  const member = method.slice(dot + 1);
  return { interface: method.slice(0, dot), member: member === "*" ? "" : member, ...where };
}

/** Rules of one name. What is found is the `because` of the rule. */
export class RuleTable {
  readonly #byMethod = new Map<string, PathTable>();

  add(rule: ParsedMessageRule, because: string): void {
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
