// For tests: the value of an answer that must be one.
import assert from "node:assert/strict";
import type { Result } from "../../launcher/manifest/origin.ts";

export function mustSucceed<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems));
  return result.value;
}
