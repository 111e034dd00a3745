// Makes problems about places in files, so that no caller has to spell the record out.
import type { Origin, Problem, Result } from "./origin.ts";

/** A place in a file; line and column count from 1, 0 where there is none. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const NO_PLACE: Place = { file: "", line: 0, column: 0 };

export function errorAt(place: Place | Origin, key: string, values: Readonly<Record<string, string>> = {}): Problem {
  return { key, file: place.file, line: place.line, column: place.column, values, severity: "error" };
}

export function noticeAt(place: Place | Origin, key: string, values: Readonly<Record<string, string>> = {}): Problem {
  return { ...errorAt(place, key, values), severity: "notice" };
}

export function success<T>(value: T, notices: readonly Problem[] = []): Result<T> {
  return { ok: true, value, notices };
}

export function failure(...problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems };
}

/** A value with its notices, or failure as soon as one of the problems is an error. */
export function settle<T>(value: T, problems: readonly Problem[]): Result<T> {
  return problems.some((problem) => problem.severity === "error") ? { ok: false, problems } : { ok: true, value, notices: problems };
}
