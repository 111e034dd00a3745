// GVariant's text form (docs.gtk.org, "GVariant Text Format"), as far as `gsettings` prints it: plain values, tuples and arrays of one type.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";

const NUMBER = /^[+-]?(?:0x[0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|inf|nan)/;
const TYPE_WORDS: Readonly<Record<string, string>> = {
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  handle: "h",
  int64: "x",
  uint64: "t",
  double: "d",
  string: "s",
  objectpath: "o",
  signature: "g",
  boolean: "b",
};
const MAX_DEPTH = 16;

/** Undefined where the text is no value, or of a form that is not read here. */
export function parseGVariant(text: string): VariantValue | undefined {
  try {
    const reader = new Reader(text.trim());
    const value = reader.value(0);
    return reader.ended ? value : undefined;
  } catch {
    return undefined;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    this.#blanks();
    return this.#at === this.#text.length;
  }

  value(depth: number): VariantValue {
    if (depth > MAX_DEPTH) throw new RangeError("too deep");
    this.#blanks();
    const char = this.#text[this.#at] ?? "";
    if (char === "'" || char === '"') return { signature: "s", value: this.#quoted(char) };
    if (char === "[") return this.#array(depth);
    if (char === "(") return this.#tuple(depth);
    if (char === "@") return this.#annotated(depth);
    const word = /^[a-z][a-z0-9]*/.exec(this.#rest())?.[0] ?? "";
    if (word === "true" || word === "false") return this.#take(word, { signature: "b", value: word === "true" });
    const type = TYPE_WORDS[word];
    if (type !== undefined) {
      this.#at += word.length;
      return { signature: type, value: convert(this.value(depth + 1).value, type) };
    }
    const digits = NUMBER.exec(this.#rest())?.[0] ?? "";
    if (digits === "") throw new RangeError("no value");
    const isDouble = !digits.includes("x") && /[.en]/.test(digits);
    return this.#take(digits, { signature: isDouble ? "d" : "i", value: Number(digits) });
  }

  /** `@as []` and `@u 5`: the type stands before. */
  #annotated(depth: number): VariantValue {
    const type = /^@([a-z(){}]+) /.exec(this.#rest())?.[1] ?? "";
    this.#at += type.length + 2;
    if (type.startsWith("a") && this.#rest().startsWith("[]")) return this.#take("[]", { signature: type, value: [] });
    if (type.length !== 1) throw new RangeError("a type not read here");
    return { signature: type, value: convert(this.value(depth + 1).value, type) };
  }

  #array(depth: number): VariantValue {
    const items = this.#list("]", depth);
    const [first] = items;
    if (first === undefined || items.some(({ signature }) => signature !== first.signature)) throw new RangeError("an array of no type");
    return { signature: `a${first.signature}`, value: items.map(({ value }) => value) };
  }

  #tuple(depth: number): VariantValue {
    const items = this.#list(")", depth);
    return { signature: `(${items.map(({ signature }) => signature).join("")})`, value: items.map(({ value }) => value) };
  }

  #list(end: string, depth: number): readonly VariantValue[] {
    this.#at++;
    const items: VariantValue[] = [];
    for (;;) {
      this.#blanks();
      if (this.#text[this.#at] === end) break;
      items.push(this.value(depth + 1));
      this.#blanks();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== end) throw new RangeError("no comma");
    }
    this.#at++;
    return items;
  }

  #quoted(quote: string): string {
    let value = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at] as string;
      if (char === quote) {
        this.#at++;
        return value;
      }
      if (char === "\\") value += ESCAPES[this.#text[++this.#at] as string] ?? this.#text[this.#at];
      else value += char;
    }
    throw new RangeError("quote without an end");
  }

  #take(word: string, value: VariantValue): VariantValue {
    this.#at += word.length;
    return value;
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #blanks(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function convert(value: Value, type: string): Value {
  return (type === "x" || type === "t") && typeof value === "number" ? BigInt(value) : value;
}
