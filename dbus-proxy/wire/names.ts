// Syntax of names and paths: D-Bus specification, "Valid Names" and "Valid Object Paths".
import { MAX_NAME_BYTES } from "./limits.ts";

const DOT = 46;
const SLASH = 47;
const COLON = 58;
const HYPHEN = 45;

function isWordChar(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Elements of [A-Za-z0-9_] (and `-` where allowed) between dots, none empty. */
function areElements(text: string, from: number, hyphen: boolean, leadingDigit: boolean, atLeast: number): boolean {
  let elements = 1;
  let start = from;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (at === start) return false;
      elements++;
      start = at + 1;
    } else if (!isWordChar(code) && !(hyphen && code === HYPHEN)) return false;
    else if (at === start && !leadingDigit && isDigit(code)) return false;
  }
  return start < text.length && elements >= atLeast;
}

export function isInterfaceName(text: string): boolean {
  return text.length <= MAX_NAME_BYTES && areElements(text, 0, false, false, 2);
}

export function isMemberName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_NAME_BYTES && areElements(text, 0, false, false, 1) && !text.includes(".");
}

export function isUniqueName(text: string): boolean {
  return text.charCodeAt(0) === COLON && text.length <= MAX_NAME_BYTES && areElements(text, 1, true, true, 2);
}

export function isWellKnownName(text: string): boolean {
  return text.length <= MAX_NAME_BYTES && areElements(text, 0, true, false, 2);
}

export function isBusName(text: string): boolean {
  return text.charCodeAt(0) === COLON ? isUniqueName(text) : isWellKnownName(text);
}

/** What `arg0namespace` takes: a bus name that may be a single element. */
export function isNamespace(text: string): boolean {
  return text.length <= MAX_NAME_BYTES && areElements(text, 0, true, false, 1);
}

export function isObjectPath(text: string): boolean {
  if (text.charCodeAt(0) !== SLASH) return false;
  if (text.length === 1) return true;
  let previous = SLASH;
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SLASH ? previous === SLASH : !isWordChar(code)) return false;
    previous = code;
  }
  return previous !== SLASH;
}
