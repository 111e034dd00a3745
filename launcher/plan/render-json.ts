// A plan as data for other programs: `--dry-run=json`. Pure. Keys are those of plan.ts; data is base64, 64-bit numbers are decimal text.
import type { Plan } from "./plan.ts";

export function renderPlanJson(plan: Plan): string {
  const shown = { format: 1, ...plan, environment: { set: Object.fromEntries(plan.environment.set), pass: Object.fromEntries(plan.environment.pass) } };
  return `${JSON.stringify(shown, encodeValue, 2)}\n`;
}

function encodeValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return value;
}
