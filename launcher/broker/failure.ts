// What a front reported as FAILED, as a problem with the line of the manifest that the operation came from, and the status that `run` ends with.
import type { Problem } from "../manifest/origin.ts";
import { NATIVE_MESSAGES } from "../messages/native.ts";
import type { Plan } from "../plan/door.ts";
import type { FrontReport } from "./front-link.ts";
import { systemName, systemText } from "./system-text.ts";

export type FrontFailure = Extract<FrontReport, { kind: "failed" }>;

const OWN_FAILURE = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

export function describeFailure(failure: FrontFailure, plan: Plan): Problem {
  const operation = failure.index < 0 ? undefined : plan.operations[failure.index];
  const origin = operation?.because.origin ?? null;
  const values = {
    stage: failure.stage,
    detail: failure.detail,
    system: systemText(failure.errno),
    command: plan.command[0] ?? "",
    path: operation === undefined ? failure.detail : "to" in operation ? operation.to : failure.detail,
    reason: operation?.because.reason ?? "",
    line: origin?.text ?? "",
  };
  const place = origin === null ? { file: "", line: 0, column: 0 } : { file: origin.file, line: origin.line, column: origin.column };
  return { key: failureKey(failure), ...place, values, severity: "error" };
}

/** The most exact key that has a text. */
export function failureKey(failure: FrontFailure): string {
  const exact = `native.${failure.stage}.${systemName(failure.errno)}`;
  if (NATIVE_MESSAGES[exact] !== undefined) return exact;
  const stage = `native.${failure.stage}`;
  return NATIVE_MESSAGES[stage] !== undefined ? stage : "native.other";
}

/** As a shell counts: 127 not found, 126 found and not executable, 125 a failure of our own. */
export function failureStatus(failure: FrontFailure): number {
  if (failure.stage !== "exec") return OWN_FAILURE;
  return systemName(failure.errno) === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE;
}
