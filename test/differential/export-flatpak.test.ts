// Generated desktop entries and services of an app: what `flatpak install` of this machine exports, beside what our rules make of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quoteWord, splitCommand } from "../../launcher/export/command-words.ts";
import { rewriteEntry, rewriteService } from "../../launcher/export/rewrite-entry.ts";
import { decodeString, entryOf, type Keyfile, parseKeyfile } from "../../launcher/manifest/door.ts";
import { isIgnoredKey, RULES } from "../export/flatpak-differences.ts";
import { mustSucceed } from "../export/must-succeed.ts";
import { ID, withInstallation } from "./flatpak-installation.ts";

const ENTRIES = Number(process.env["TSBOX_DIFFERENTIAL_ENTRIES"] ?? 160);
const LAUNCHER = { tsbox: "/usr/bin/tsbox", id: ID };

const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(""));
const words = (one: fc.Arbitrary<string>, maxLength: number) => fc.array(one, { maxLength }).map((all) => all.join(""));
/** Escapes of keyfiles and of shells, right and wrong, field codes, and what a shell would care for. An empty argument is not among them: Flatpak loses it. */
const PIECES = [
  ...["app", "/usr/bin/app", "env", "A=1", "$HOME", "`x`", "é", "日本", "-x", "--", "--file=%f", "a=b", "a@b", "\u00a0", "\u3000"],
  ...["%f", "%F", "%u", "%U", "%i", "%c", "%k", "%%", "%d", "%", '"%U"', "'%f'"],
  ...['"', "'", "\\\\", "\\", "\\s", "\\t", "\\n", '\\"', '\\\\"', "\\\\$", "\\$", '"a b"', "'a b'", '"a\\\\\\\\b"', "\\x"],
  ...["#", " #x", "\t#y", ";", "&", "|", ">", "(", "~", "*", "=", "!", "{", "^", ",", "+", "\t", " ", " ", " "],
];
const piece = fc.constantFrom(...PIECES);
const exec = fc.oneof(
  words(piece, 9),
  joined(
    fc.constantFrom("app", "/usr/bin/app", '"my app"'),
    words(
      piece.map((one) => ` ${one}`),
      5,
    ),
  ),
);
const OTHERS = [
  ...["TryExec=app", "X-GNOME-Bugzilla-ExtraInfoScript=/usr/bin/x", "DBusActivatable=true", "DBusActivatable=1", "Terminal=true", "Icon=x", "Name[de]=Ä"],
  ...["MimeType=a/b;c/d;", "Actions=new;other;", "Path=/usr", "# comment", "", "X-Flatpak-RunOptions=no-a11y-bus;no-documents-portal;"],
  ...[
    "X-Flatpak-RunOptions=foo;no-a11y-bus;no-a11y-bus",
    "X-Flatpak=old",
    "Keywords=a\\;b;",
    "Comment=a\\sb \\x",
    "URL=http://x",
    "Hidden=true",
    "X-Foo = bar ",
  ],
];
/** Each key once: GLib takes away one of two. */
const others = (maxLength: number) =>
  fc.subarray(OTHERS, { maxLength }).map((lines) => lines.filter((line, at) => at === lines.findIndex((one) => keyOf(one) === keyOf(line))));
const keyOf = (line: string): string => line.split("=")[0] ?? "";
const body = fc
  .tuple(others(6), fc.array(joined(fc.constantFrom("Exec=", "Exec = ", "Exec= ", "  Exec="), exec), { maxLength: 2 }))
  .map(([keys, lines]) => [...keys, ...lines].join("\n"));
const desktop = fc
  .tuple(body, fc.array(body, { maxLength: 2 }))
  .map(([first, more]) => `[Desktop Entry]\nType=Application\n${first}\n${more.map((text, at) => `\n[Desktop Action n${at}]\n${text}\n`).join("")}`);

function sourcesOf(): ReadonlyMap<string, string> {
  const entries = fc.sample(desktop, ENTRIES).map((text, at): [string, string] => [`share/applications/${ID}.n${at}.desktop`, text]);
  const services = fc
    .sample(body, Math.ceil(ENTRIES / 4))
    .map((text, at): [string, string] => [`share/dbus-1/services/${ID}.n${at}.service`, `[D-BUS Service]\nName=${ID}.n${at}\n${text}\n`]);
  return new Map([...entries, ...services]);
}

function commandOf(file: Keyfile, group: string): readonly string[] | null {
  const entry = entryOf(file, group, "Exec");
  return entry === null ? null : splitCommand(mustSucceed(decodeString(entry)));
}

/**
 * Flatpak's line as ours has it: beside the two rules of the corpus, `run` here has no option for the documents, a service no field codes, and in an entry no field code
 * stands in an option of ours or in a word that needs quotes.
 */
function asOurs(command: readonly string[] | null, isService: boolean): readonly string[] | null {
  if (command === null) return null;
  const normal = RULES.reduce((line, rule) => rule.apply(line), command).filter((word) => word !== "--no-documents-portal");
  if (isService) return normal.filter((word) => !["--file-forwarding", "@@", "@@u"].includes(word));
  return normal.map((word, at) => {
    if (word.startsWith("--command=") && at < normal.indexOf(ID)) return word.replaceAll("%%", "%").replaceAll("%", "%%");
    return quoteWord(word) === word ? word : word.replace(/%%|%.?/gsu, (code) => (code === "%%" ? code : ""));
  });
}

function keysOf(file: Keyfile, group: string): readonly string[] {
  return [...(file.groups.get(group)?.entries.values() ?? [])]
    .filter(({ key }) => key !== "Exec" && !isIgnoredKey(key))
    .map(({ key, rawValue }) => `${key}=${rawValue.trimEnd()}`)
    .sort();
}

test("generated entries and services start what Flatpak's exports of them start, and keep the other keys", (context) => {
  const sources = sourcesOf();
  withInstallation(sources, ({ exported }) => {
    let groups = 0;
    let commands = 0;
    for (const [path, text] of sources) {
      const source = mustSucceed(parseKeyfile(path, Buffer.from(text)));
      const rewritten = path.endsWith(".service") ? rewriteService(source, LAUNCHER) : rewriteEntry(source, LAUNCHER, { activatable: true });
      const ours = mustSucceed(rewritten);
      const theirs = mustSucceed(parseKeyfile(path, exported(path)));
      for (const group of new Set([...ours.groups.keys(), ...theirs.groups.keys()])) {
        const expected = asOurs(commandOf(theirs, group), path.endsWith(".service"));
        assert.deepEqual(commandOf(ours, group), expected, `[${group}] of ${JSON.stringify(text)}`);
        assert.deepEqual(keysOf(ours, group), keysOf(theirs, group), `[${group}] of ${JSON.stringify(text)}`);
        groups += 1;
        if (expected?.some((word) => word.startsWith("--command=")) === true) commands += 1;
      }
    }
    context.diagnostic(`${sources.size} files, ${groups} groups, ${commands} with a command of their own`);
    assert.ok(commands > groups / 4, "the generator must make lines that split");
  });
});
