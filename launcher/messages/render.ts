// Turns a problem (key and values) into the lines a user reads. Pure: the table is an argument.
import type { Problem } from "../manifest/origin.ts";
import type { MessageTable } from "./message.ts";

/** Control, bidirectional and line-separating characters, and halves of surrogate pairs: what could repaint or reorder the line. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** Outside text, safe to print on a terminal. */
export function renderOutsideText(raw: string): string {
  return raw.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A value as JSON that no terminal obeys: what could repaint or reorder it is escaped as JSON escapes, so it reads back the same. Ends with a newline. */
export function renderJsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${text}\n`;
}

/** Outside text of several lines, which stay lines. */
export function renderOutsideLines(raw: string): string {
  return raw.split("\n").map(renderOutsideText).join("\n");
}

/** One problem: `tsbox: FILE:LINE:COLUMN: text`, and the hint on a line of its own. Ends with a newline. */
export function renderProblem(problem: Problem, table: MessageTable): string {
  const message = table[problem.key] ?? { text: `${problem.key} {values}` };
  const values = table[problem.key] === undefined ? { values: JSON.stringify(problem.values) } : problem.values;
  const notice = problem.severity === "notice" ? (table["render.notice"]?.text ?? "notice: ") : "";
  const head = `tsbox: ${notice}${renderPlace(problem)}${fill(message.text, values, table)}\n`;
  return message.hint === undefined ? head : `${head}${table["render.hint"]?.text ?? "hint: "}${fill(message.hint, values, table)}\n`;
}

export function renderProblems(problems: readonly Problem[], table: MessageTable): string {
  return problems.map((problem) => renderProblem(problem, table)).join("");
}

/** One line of ordinary output: no prefix, no place. Ends with a newline. */
export function renderText(key: string, values: Readonly<Record<string, string>>, table: MessageTable): string {
  return `${fill(table[key]?.text ?? `${key} ${JSON.stringify(values)}`, values, table)}\n`;
}

/** The way out alone, or null where there is none. No line end. */
export function renderHint(key: string, values: Readonly<Record<string, string>>, table: MessageTable): string | null {
  const hint = table[key]?.hint;
  return hint === undefined ? null : fill(hint, values, table);
}

function renderPlace(problem: Problem): string {
  if (problem.file === "") return "";
  const file = renderOutsideText(problem.file);
  if (problem.line === 0) return `${file}: `;
  return problem.column === 0 ? `${file}:${problem.line}: ` : `${file}:${problem.line}:${problem.column}: `;
}

/** A sentence that stands beside what it speaks of, in the table's language. The kernel's answers have their name behind them: `permission denied (EACCES)`. */
export function renderPhrase(english: string, table: MessageTable): string {
  const [, sentence = english, name = ""] = /^(.+?)( \([A-Z0-9]+\))$/.exec(english) ?? [];
  const text = table[sentence]?.text;
  return text === undefined ? english : `${text}${name}`;
}

/** Values that are such sentences. */
const PHRASES: readonly string[] = ["words", "risk", "reason", "system", "error"];

function fill(text: string, values: Readonly<Record<string, string>>, table: MessageTable): string {
  return text.replace(/\{([a-z][a-zA-Z-]*)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : renderOutsideText(PHRASES.includes(name) ? renderPhrase(value, table) : value);
  });
}
