// `tsbox diff OLD NEW`: what one manifest asks for beyond another, and what no more.
import { findManifestAsWritten, gainsOf, type Gains, type Manifest, renderEntry, type Result } from "../manifest/door.ts";
import { meaningOfEntry, RISKS } from "../permissions/meaning.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { type Command, isGiven, refuse } from "./command.ts";
import { renderGains } from "./gains-output.ts";
import { readViewer, type Viewer } from "./known-app.ts";
import { readManifestAt } from "./manifest-argument.ts";
import { COUNT, listOf, orNull, record, renderShape, type ShapeType, TEXT, wordOf } from "./shape.ts";

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function diffCommand(catalogue: () => string): Command {
  return {
    name: "diff",
    summary: "compare what two manifests ask for",
    positionals: "<OLD> <NEW>",
    options: [{ flags: "-j, --json", summary: "print JSON" }],
    optionsFirst: false,
    details: [
      "OLD and NEW are files or apps. Ends with 0 where both ask for the same, with 1 where they differ.",
      "Example: `tsbox diff org.example.App ./org.example.App.ini`",
    ],
    json: { diff: DIFFERENCE },
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const [older, newer] = invocation.positionals.map((raw) => readEither(raw, viewer.value)) as [Result<Manifest>, Result<Manifest>];
      if (!older.ok || !newer.ok) return refuse(...(older.ok ? [] : older.problems), ...(newer.ok ? [] : newer.problems));
      const difference = compare(older.value, newer.value);
      const output = isGiven(invocation, "json") ? renderJson(difference) : render(difference);
      return { status: isSame(difference) ? 0 : 1, output, problems: [] };
    },
  };
}

function readEither(raw: string, { request, places }: Viewer): Result<Manifest> {
  if (raw.includes("/")) return readManifestAt(raw, request.cwd);
  const found = findManifestAsWritten(raw, request.cwd, places);
  return found.ok ? { ...found, value: found.value.manifest } : found;
}

interface Difference {
  readonly gains: Gains;
  readonly losses: Gains;
  /** Command, runtime, variables and kept folders: no power over the host. */
  readonly other: readonly { readonly what: string; readonly older: string; readonly newer: string }[];
}

function compare(older: Manifest, newer: Manifest): Difference {
  const plain = (manifest: Manifest): ReadonlyMap<string, string> =>
    new Map([
      ["command", manifest.command?.value ?? ""],
      ["runtime", manifest.runtime.value],
      ...manifest.layer.entries.flatMap((entry): [string, string][] => {
        if (entry.kind === "environment") return [[`[Environment] ${entry.name}`, entry.value ?? ""]];
        return entry.kind === "persistent" ? [[`persistent=${entry.path}`, "kept"]] : [];
      }),
    ]);
  const [one, other] = [plain(older), plain(newer)];
  const keys = [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key));
  return {
    gains: gainsOf(older.layer, newer.layer),
    losses: gainsOf(newer.layer, older.layer),
    other: keys.map((what) => ({ what, older: one.get(what) ?? "", newer: other.get(what) ?? "" })),
  };
}

function isSame({ gains, losses, other }: Difference): boolean {
  return [...gains.granted, ...gains.undenied, ...losses.granted, ...losses.undenied, ...other].length === 0;
}

function render({ gains, losses, other }: Difference): string {
  const say = (key: string, values: Readonly<Record<string, string>>): string => renderText(key, values, MESSAGES);
  const lost = [...losses.granted, ...losses.undenied].map((entry) => say("diff.loses", { permission: renderEntry(entry) }));
  return renderGains(gains) + [...lost, ...other.map((row) => say("diff.other", row))].join("");
}

const GAINED = listOf(record({ permission: TEXT, risk: orNull(wordOf(...RISKS)), line: COUNT, column: COUNT }));
const DIFFERENCE = record({
  gains: GAINED,
  noLongerDenied: GAINED,
  loses: GAINED,
  newlyDenied: GAINED,
  other: listOf(record({ what: TEXT, older: TEXT, newer: TEXT })),
});

function renderJson({ gains, losses, other }: Difference): string {
  const row = (entry: Gains["granted"][number]): ShapeType<typeof GAINED>[number] => ({
    permission: renderEntry(entry),
    risk: meaningOfEntry(entry, null)?.risk ?? null,
    line: entry.origin.line,
    column: entry.origin.column,
  });
  return renderShape(DIFFERENCE, {
    gains: gains.granted.map(row),
    noLongerDenied: gains.undenied.map(row),
    loses: losses.granted.map(row),
    newlyDenied: losses.undenied.map(row),
    other,
  });
}
