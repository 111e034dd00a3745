// For tests: a value that must be there.
import assert from "node:assert/strict";

export function must<T>(value: T | null | undefined): T {
  assert.ok(value !== null && value !== undefined);
  return value;
}
