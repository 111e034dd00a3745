// Real manifests: every one parses, and what its Flatpak options say is what its metadata says.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { findOption, type GivenOption, parseOptions } from "../../launcher/manifest/options.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { parseKeyfile, parseKeyfileText, renderKeyfile } from "../../launcher/manifest/keyfile.ts";
import { parseManifest } from "../../launcher/manifest/parse-manifest.ts";
import { plainEntries, plainLayer } from "./permission-values.ts";

const CORPUS = "test/fixtures/corpus";
const APPS = ["apps", "history"].flatMap((folder) => readdirSync(`${CORPUS}/${folder}`).map((app) => `${CORPUS}/${folder}/${app}`));
const NEWER = readdirSync(`${CORPUS}/newer-syntax`).map((name) => `${CORPUS}/newer-syntax/${name}`);

/** Options of `flatpak build-finish` that speak about something else. */
const OTHER_FLAGS = [
  "--require-version",
  "--metadata",
  "--extension",
  "--remove-extension",
  "--extension-priority",
  "--extra-data",
  "--command",
  "--no-exports",
  "--sdk",
  "--runtime",
];

function manifestOf(file: string): ReturnType<typeof parseManifest> {
  return parseManifest({ file, bytes: readFileSync(file), from: "flatpak", expectedId: null, programFolder: null });
}

function splitOption(word: string): { flag: string; raw: string } {
  const equals = word.indexOf("=");
  return equals < 0 ? { flag: word, raw: "" } : { flag: word.slice(0, equals), raw: word.slice(equals + 1) };
}

test("every manifest of the corpus parses, without a notice", () => {
  assert.ok(APPS.length > 150);
  for (const file of [...APPS.map((app) => `${app}/metadata`), ...NEWER]) {
    const manifest = manifestOf(file);
    assert.ok(manifest.ok, JSON.stringify(manifest));
    assert.deepEqual(manifest.notices, [], file);
    assert.equal(manifest.value.id, readFileSync(file, "utf8").match(/^name=(.*)$/m)?.[1]);
  }
});

test("every manifest of the corpus is written back byte for byte", () => {
  for (const file of [...APPS.map((app) => `${app}/metadata`), ...NEWER]) {
    const keyfile = parseKeyfile(file, readFileSync(file));
    assert.ok(keyfile.ok);
    assert.equal(renderKeyfile(keyfile.value), readFileSync(file, "utf8"));
  }
});

test("every permission of the corpus knows the line it stands on", () => {
  for (const file of APPS.map((app) => `${app}/metadata`)) {
    const manifest = manifestOf(file);
    assert.ok(manifest.ok);
    const lines = readFileSync(file, "utf8").split("\n");
    for (const { origin } of manifest.value.layer.entries) {
      const [key = "", ...item] = origin.text.split("=");
      const line = lines[origin.line - 1] ?? "";
      assert.ok(line.startsWith(`${key}=`), `${file}:${origin.line}: ${origin.text}`);
      assert.ok(
        line.slice(origin.column - 1).startsWith(origin.column === 1 ? key : item.join("=")),
        `${file}:${origin.line}:${origin.column}: ${origin.text}`,
      );
    }
  }
});

test("the options of a Flatpak manifest say what its metadata says", () => {
  let compared = 0;
  for (const app of APPS) {
    const words = readFileSync(`${app}/finish-args`, "utf8")
      .split("\n")
      .filter((word) => word !== "")
      .map(splitOption);
    const given: GivenOption[] = words
      .filter(({ flag }) => !OTHER_FLAGS.includes(flag))
      .map(({ flag, raw }) => {
        const option = findOption(flag);
        assert.ok(option, `${app}: ${flag}`);
        return { option, raw };
      });
    const entries = parseOptions(given);
    assert.ok(entries.ok, `${app}: ${JSON.stringify(entries)}`);
    const manifest = manifestOf(`${app}/metadata`);
    assert.ok(manifest.ok);
    assert.deepEqual(withoutFiller(plainEntries(entries.value)), withoutFiller(plainLayer(manifest.value.layer)), app);
    compared += given.length;
  }
  assert.ok(compared > 1500, `${compared} options compared`);
});

/** 1.14 writes `x11` beside every `fallback-x11`, for releases before it; it means nothing there: with `fallback-x11` X11 always depends on Wayland. */
function withoutFiller(plain: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const sockets = plain["sockets"] as readonly (readonly [name: string, allowed: boolean])[];
  const hasFallback = sockets.some(([name, allowed]) => name === "fallback-x11" && allowed);
  return { ...plain, sockets: sockets.filter(([name]) => name !== "x11" || !hasFallback) };
}

type KnownClass = "newer-rule" | "not-a-permission";

/** Where we differ from 1.14 on purpose. `newer-rule`: later versions of Flatpak take it, and so do we. */
const KNOWN_DIFFERENCES: readonly { readonly flag: RegExp; readonly class: KnownClass; readonly why: string }[] = [
  { flag: /^--device=(?:input|usb)$/, class: "newer-rule", why: "devices since 1.15" },
  { flag: /^--socket=inherit-wayland-socket$/, class: "newer-rule", why: "a socket since 1.15" },
  { flag: /^--(?:no)?usb(?:-list)?=/, class: "newer-rule", why: "USB queries since 1.15" },
  { flag: /^--(?:socket|share|device|allow)-if=/, class: "newer-rule", why: "conditions since 1.17" },
];

function lineGroups(cell: string): string {
  return cell.split(" ⏎ ").join("\n");
}

test("single options end as with Flatpak 1.14, but for the known differences", (context) => {
  const rows = readFileSync(`${CORPUS}/flatpak-1.14-flag-results.tsv`, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.split("\t"));
  const counts = { agree: 0, known: 0, other: 0 };
  const differ: string[] = [];
  for (const [flagText = "", , status = "", , result = ""] of rows) {
    // A line end in the option stands as `\\n` in the table.
    const { flag, raw } = splitOption(flagText.replaceAll("\\n", "\n"));
    const option = findOption(flag);
    if (option === null) {
      assert.ok(OTHER_FLAGS.includes(flag) || flag === "--a11y-own-name", `${flagText} is an option of ours too`);
      counts.other += 1;
      continue;
    }
    const ours = option.parse(raw, "manifest");
    const file = parseKeyfileText("/flag", `${lineGroups(result)}\n`);
    const theirs = file.ok ? parseLayer(file.value, "manifest") : file;
    const agree = status === "0" ? ours.ok && theirs.ok && JSON.stringify(plainEntries(ours.value)) === JSON.stringify(plainLayer(theirs.value)) : !ours.ok;
    if (agree) counts.agree += 1;
    else if (KNOWN_DIFFERENCES.some((known) => known.flag.test(flagText))) counts.known += 1;
    else differ.push(`${flagText}: ${status} ${result}`);
  }
  context.diagnostic(
    `agree ${counts.agree}, known differences ${counts.known}, not about permissions ${counts.other}, differ ${differ.length} of ${rows.length}`,
  );
  assert.deepEqual(differ, []);
});
