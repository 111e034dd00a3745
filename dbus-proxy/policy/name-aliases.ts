// Bus names that one app calls by another name than the bus does: a named instance asks for the names of its program and gets names of its own. Pure.

/** Both are stems: the name itself and everything below it. */
export interface NameAlias {
  readonly inside: string;
  readonly outside: string;
}

/** Of the D-Bus specification. */
const MOST_NAME_BYTES = 255;

export class NameAliases {
  readonly #outside: ReadonlyMap<string, string>;
  readonly #inside: ReadonlyMap<string, string>;

  constructor(aliases: readonly NameAlias[]) {
    this.#outside = new Map(aliases.map(({ inside, outside }) => [inside, outside]));
    this.#inside = new Map(aliases.map(({ inside, outside }) => [outside, inside]));
  }

  /** As the bus knows it. What has no other name stays. */
  outside(name: string): string {
    return moved(name, this.#outside);
  }

  /** As the app knows it. */
  inside(name: string): string {
    return moved(name, this.#inside);
  }
}

/** The deepest stem counts. */
function moved(name: string, stems: ReadonlyMap<string, string>): string {
  if (name.charCodeAt(0) === 58) return name;
  for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
    const other = stems.get(name.slice(0, end));
    // A name that would be none with the longer stem is nobody's, and stays so.
    if (other !== undefined) return other.length + name.length - end > MOST_NAME_BYTES ? name : other + name.slice(end);
  }
  return name;
}
