// `tsbox lint FILE…`: reads manifests, overrides and limits and tells what is wrong, idle or dangerous in them, by line and column.
import { readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { probeHost } from "../host/door.ts";
import { type Finding, findingOf, GLOBAL, lintFile, noSandboxSwitch, parseAppId, parseManifest, readRegularFile, type Severity } from "../manifest/door.ts";
import { errorAt, noticeAt } from "../manifest/problem.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderHint, renderOutsideText, renderText } from "../messages/render.ts";
import { DEFAULT_RUN_OPTIONS, programProblems, programQueries } from "../plan/door.ts";
import { type Command, isGiven } from "./command.ts";
import { COUNT, listOf, orNull, record, renderShape, TEXT, wordOf } from "./shape.ts";

const FOUND = listOf(
  record({
    file: TEXT,
    line: COUNT,
    column: COUNT,
    severity: wordOf("error", "warning", "notice"),
    code: TEXT,
    text: TEXT,
    hint: orNull(TEXT),
    nearest: orNull(TEXT),
  }),
);

export const lintCommand: Command = {
  name: "lint",
  summary: "check manifests, overrides and limits",
  positionals: "<FILE...>",
  options: [
    { flags: "-j, --json", summary: "print JSON" },
    { flags: "--strict", summary: "let warnings fail as errors do" },
  ],
  optionsFirst: false,
  details: [
    "Ends with 1 where there is an error. A warning is what Flatpak and tsbox pass over or what has no effect; a notice is a risk, or something not given yet.",
    "Of a folder: the files in it that are named as manifests, overrides and limits are; others are told.",
    "Example: `tsbox lint --strict ~/.local/share/tsbox/manifests`",
  ],
  json: { lint: FOUND },
  answeredByBroker: false,
  answer: (invocation, surroundings) => {
    const { workingDirectory } = surroundings;
    const findings = invocation.positionals.flatMap((raw) => lintArgument(raw, workingDirectory));
    const fails = (severity: Severity): boolean => severity === "error" || (severity === "warning" && isGiven(invocation, "strict"));
    const output = isGiven(invocation, "json") ? renderJson(findings) : renderFindings(findings);
    return { status: findings.some(({ severity }) => fails(severity)) ? 1 : 0, output, problems: [] };
  },
};

function lintArgument(raw: string, workingDirectory: string): readonly Finding[] {
  const names = namesIn(posix.resolve(workingDirectory, raw));
  if (names === null) return lintPath(raw, posix.resolve(workingDirectory, raw));
  return names.flatMap((name) => {
    const file = `${raw.replace(/\/+$/, "")}/${name}`;
    // Also a misspelt override's, which would do nothing without a word.
    if (isReadByName(name)) return lintPath(file, posix.resolve(workingDirectory, file));
    return [{ ...findingOf(noticeAt({ file, line: 0, column: 0 }, "lint.name-unread")), severity: "notice" as const }];
  });
}

/** Of a folder, as those of manifests and of overrides are: the files in it, without hidden ones. Null for a file, and where nobody may look in: that is told as for any file. */
function namesIn(path: string): readonly string[] | null {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith(".") && statSync(`${path}/${name}`, { throwIfNoEntry: false })?.isFile() === true)
      .sort();
  } catch {
    return null;
  }
}

/** As manifests, overrides and limits are named. */
function isReadByName(name: string): boolean {
  return name.endsWith(".ini") || name === GLOBAL || name === "metadata" || parseAppId(name).ok;
}

/** Findings carry the path as it was given: that is what an editor or a log can open. */
function lintPath(raw: string, path: string): readonly Finding[] {
  const read = readRegularFile(path);
  const whole = (key: string, values: Finding["values"]): Finding => findingOf(errorAt({ file: raw, line: 0, column: 0 }, key, values));
  if (read.kind === "absent") return [whole("lint.no-file", {})];
  if (read.kind === "refused") return [whole(read.key, { system: read.system })];
  const findings = [...lintFile(path, read.bytes), ...lintProgram(path, read.bytes)];
  return findings.map((finding) => ({ ...finding, file: raw })).sort((one, other) => one.line - other.line);
}

/** What the command names on this host; where it is not here there is nothing to say. */
function lintProgram(file: string, bytes: Uint8Array): readonly Finding[] {
  const parsed = parseManifest({ file, bytes, from: "flatpak", expectedId: null, programFolder: null });
  if (!parsed.ok || parsed.value.runtime.value !== "host" || parsed.value.command === null) return [];
  const program = { manifest: parsed.value, options: DEFAULT_RUN_OPTIONS };
  const places = programQueries(program);
  const facts = probeHost({ paths: places, texts: places, folders: [], machineIdFor: null, compositor: null, devices: false, abstractSockets: false });
  const problems = programProblems(program, facts);
  if (problems.length > 0) return problems.map(findingOf);
  const path = places.find((place) => facts.walks.get(place)?.end != null);
  const script = path === undefined ? null : scriptText(facts.texts.get(path) ?? null);
  if (path === undefined || script === null) return [];
  const { origin } = parsed.value.command;
  if (/(?:^|[\s"'=])\/snap\/bin\//m.test(script)) return [findingOf(errorAt(origin, "lint.program-snap", { path }))];
  const found = noSandboxSwitch(script);
  return found === null ? [] : [findingOf(errorAt(origin, "lint.program-no-sandbox", { path, switch: found }))];
}

/** Of a script, without its comments; null for anything else. */
function scriptText(bytes: Uint8Array | null): string | null {
  if (bytes === null || bytes[0] !== 0x23 || bytes[1] !== 0x21) return null;
  return new TextDecoder().decode(bytes).replace(/^\s*#.*$/gm, "");
}

function renderFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  const lines = findings.map((finding) => {
    const hint = renderHint(finding.key, finding.values, MESSAGES);
    const at = finding.line === 0 ? "" : `:${finding.line}:${finding.column}`;
    return `${renderOutsideText(finding.file)}${at}: ${renderText(`lint.${finding.severity}`, {}, MESSAGES).trimEnd()}: ${textOf(finding)} [${finding.code}]\n${hint === null ? "" : `    ${MESSAGES["render.hint"]?.text}${hint}\n`}`;
  });
  const count = (severity: Severity): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return renderText(`lint.${number === 1 ? "one" : "many"}-${severity}`, { count: String(number) }, MESSAGES).trimEnd();
  };
  return `${lines.join("")}${renderText("lint.counts", { errors: count("error"), warnings: count("warning"), notices: count("notice") }, MESSAGES)}`;
}

function textOf({ key, values }: Finding): string {
  return renderText(key, values, MESSAGES).trimEnd();
}

function renderJson(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => ({
    file: finding.file,
    line: finding.line,
    column: finding.column,
    severity: finding.severity,
    code: finding.code,
    text: textOf(finding),
    hint: renderHint(finding.key, finding.values, MESSAGES),
    nearest: finding.values["nearest"] || null,
  }));
  return renderShape(FOUND, rows);
}
