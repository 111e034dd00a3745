// Manifests and overrides in odd spellings, three layers each: what `flatpak info --show-permissions` of this machine makes of them beside our merging.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { decodeList, decodeString } from "../../launcher/manifest/keyfile-values.ts";
import { mergeLayers, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import type { LayerName } from "../../launcher/manifest/origin.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { renderPermissionsKeyfile } from "../../launcher/manifest/show-permissions.ts";
import { HEAD, withInstallation } from "../differential/flatpak-installation.ts";

const ROUNDS = Number(process.env["TSBOX_DIFFERENTIAL_FILES"] ?? 3000);
/** What stops a start here and not there: a denial that would not hold, a list item of a newer grammar, a variable that no keyfile can name. */
const STRICTER = /^manifest\.(?:named-unknown-denied|key-unknown-denied|named-syntax|filesystem-|bus-level|variable-name)/;

const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(""));
const place = fc.constantFrom(
  "home",
  "~",
  "host",
  "host-os",
  "host-etc",
  "host-reset",
  "xdg-desktop",
  "xdg-music",
  "xdg-public-share",
  "xdg-data",
  "xdg-config",
  "xdg-run",
  "",
  "/",
  "xdg-foo",
  "/usr",
  "/tmp",
  "/run/media",
  "~/x",
  "~/x",
  "/opt",
  "home/x",
  "xdg-run/x",
);
const piece = fc.constantFrom(
  "/",
  "//",
  "/.",
  "/../a",
  "/a",
  "/a b",
  "\\\\:",
  "\\\\\\\\",
  "\\\\",
  "/é",
  "\\;",
  "/!",
  " ",
  "\\s",
  "\\n",
  "\\t",
  "\\x",
  "a",
  "\\",
);
const suffix = fc.constantFrom("", "", "", ":ro", ":rw", ":create", ":reset", ":", ":x", ":ro:create", ": ro");
const item = joined(
  fc.constantFrom("", "", "", "!", "!!", " "),
  place,
  fc.array(piece, { maxLength: 2 }).map((all) => all.join("")),
  suffix,
);
const word = joined(
  fc.constantFrom("", "", "", "!", "!!", " "),
  fc.constantFrom("network", "ipc", "x11", "wayland", "fallback-x11", "session-bus", "dri", "all", "kvm", "devel", "multiarch", "", "foo", "X11"),
  fc.constantFrom("", "", "", "", " ", ":true", "\\s"),
);
const list = (one: fc.Arbitrary<string>) =>
  joined(
    fc.array(one, { maxLength: 4 }).map((all) => all.join(";")),
    fc.constantFrom("", ";", ";;", "; ", " "),
  );
const key = fc.constantFrom(
  "filesystems",
  "filesystems",
  "filesystems",
  "shared",
  "sockets",
  "devices",
  "features",
  "persistent",
  "unset-environment",
  "Filesystems",
  "filesystems ",
  " filesystems",
  "filesystems[de]",
);
const line = fc.oneof(
  fc.tuple(key, fc.constantFrom("=", " = ", "= "), list(item), list(word)).map(([k, eq, a, b]) => `${k}${eq}${/ilesys|persist/.test(k) ? a : b}`),
);
const policyName = fc.constantFrom("org.a.B", "org.a.*", "org.a.C", "org", "org.*", ":1.2", "org.a.", "org.1a.b", "a b.c", "org.a.b-c", "*");
const policyLine = joined(
  policyName,
  fc.constantFrom("=", " = "),
  fc.constantFrom("talk", "own", "see", "none", "Talk", "", "talk ", " talk", "own;", "t\\salk", "filtered", "\\x"),
);
const envLine = joined(
  fc.constantFrom("ONE", "TWO", "A B", "é", "a"),
  fc.constantFrom("=", " = "),
  fc.constantFrom("", "x", "a;b", "\\s", "\\x", "\\", "a\\nb", '"x"', " x", "x ", "\\;"),
);
const genericLine = joined(
  fc.constantFrom("k", "k.l", "k l", "dbus:org.x.Y"),
  fc.constantFrom("="),
  list(fc.constantFrom("a", "b", "!a", "!b", "!", "", "a b", "\\;", "a:b")),
);
const section = fc.oneof(
  { weight: 5, arbitrary: fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => `[Context]\n${lines.join("\n")}\n`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("Session", "System", "session", "Accessibility"), fc.array(policyLine, { maxLength: 3 }))
      .map(([bus, lines]) => `[${bus} Bus Policy]\n${lines.join("\n")}\n`),
  },
  { weight: 1, arbitrary: fc.array(envLine, { maxLength: 3 }).map((lines) => `[Environment]\n${lines.join("\n")}\n`) },
  { weight: 1, arbitrary: fc.array(genericLine, { maxLength: 3 }).map((lines) => `[Policy sub]\n${lines.join("\n")}\n`) },
);
const layerText = fc.array(section, { minLength: 1, maxLength: 3 }).map((all) => all.join("\n"));
const override = fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 2, arbitrary: layerText });

/** As `[group] key` to its items, sorted: both sides have an order of their own. Flatpak prints denials in part only, and each backslash twice. */
function printed(text: string): Readonly<Record<string, readonly string[]>> {
  const keyfile = parseKeyfileText("/printed", text);
  assert.ok(keyfile.ok, text);
  const rows = [...keyfile.value.groups.values()].flatMap((group) =>
    [...group.entries.values()].map((entry): [string, readonly string[]] => {
      const isList = group.name === "Context" || group.name.startsWith("Policy ");
      const items = isList ? decodeList(entry) : decodeString(entry);
      assert.ok(items.ok, entry.rawValue);
      const words = typeof items.value === "string" ? [items.value] : items.value.map(({ value }) => value);
      return [`[${group.name}] ${entry.key}`, words.sort()];
    }),
  );
  return Object.fromEntries(rows.filter(([, items]) => items.length > 0).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function readLayers(texts: readonly (readonly [LayerName, string])[]): { readonly layers: readonly PermissionLayer[]; readonly errors: readonly string[] } {
  const layers: PermissionLayer[] = [];
  const errors: string[] = [];
  for (const [name, text] of texts) {
    const keyfile = parseKeyfileText(`/${name}`, text);
    const parsed = keyfile.ok ? parseLayer(keyfile.value, name) : keyfile;
    if (parsed.ok) layers.push(parsed.value);
    else errors.push(...parsed.problems.filter(({ severity }) => severity === "error").map(({ key }) => key));
  }
  return { layers, errors };
}

test("odd manifests and overrides mean what they mean to Flatpak, or stop a start for a stricter rule", (context) => {
  const counts = { same: 0, bothRefuse: 0, stricter: 0 };
  withInstallation(new Map(), ({ ask }) => {
    for (const [manifest, global, app] of fc.sample(fc.tuple(layerText, override, override), ROUNDS)) {
      const theirs = ask(HEAD + manifest, global, app);
      const about = JSON.stringify([manifest, global, app]);
      const { layers, errors } = readLayers([
        ["manifest", HEAD + manifest],
        ["user-global", global],
        ["user-app", app],
      ]);
      if (errors.length === 0) {
        assert.equal(theirs.status, 0, `Flatpak alone refuses: ${theirs.errors}: ${about}`);
        const expected = printed(theirs.output.replaceAll("\\\\", "\\"));
        assert.deepEqual(printed(renderPermissionsKeyfile(mergeLayers(layers).permissions)), expected, about);
        counts.same += 1;
      } else if (theirs.status !== 0) counts.bothRefuse += 1;
      else {
        assert.ok(
          errors.some((key) => STRICTER.test(key)),
          `${errors.join(", ")}: ${about}`,
        );
        counts.stricter += 1;
      }
    }
  });
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.same > ROUNDS / 10, "the generator must make files that both take");
});
