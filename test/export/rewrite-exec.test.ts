import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { quoteWord, splitCommand } from "../../launcher/export/command-words.ts";
import { isSameProgram, programOf } from "../../launcher/export/program.ts";
import { isSafeProgramPath, rewriteExec } from "../../launcher/export/rewrite-exec.ts";
import { renderShim, shimName } from "../../launcher/export/shim.ts";

const LAUNCHER = { tsbox: "/opt/tsbox", id: "org.example.App" };
const execOf = (exec: string | null, kind: "desktop" | "service" = "desktop"): string => {
  const rewritten = rewriteExec(exec, LAUNCHER, kind);
  return rewritten.ok ? rewritten.exec : `refused ${rewritten.word}`;
};

describe("an Exec line", () => {
  const cases: readonly (readonly [name: string, before: string | null, after: string])[] = [
    ["keeps its arguments", "app --new window", "/opt/tsbox run --command=app org.example.App --new window"],
    ["marks one file", "app %f", "/opt/tsbox run --command=app --file-forwarding org.example.App @@ %f @@"],
    ["marks files", "app -x %F -y", "/opt/tsbox run --command=app --file-forwarding org.example.App -x @@ %F @@ -y"],
    ["marks one address", "app %u", "/opt/tsbox run --command=app --file-forwarding org.example.App @@u %u @@"],
    ["marks addresses in quotes too", 'app "%U"', "/opt/tsbox run --command=app --file-forwarding org.example.App @@u %U @@"],
    ["leaves a code inside a word alone", "app --file=%f", "/opt/tsbox run --command=app org.example.App --file=%f"],
    ["leaves other codes alone", "app %i -caption %c %%", "/opt/tsbox run --command=app org.example.App %i -caption %c %%"],
    ["quotes with double quotes", "app 'a b' \"$x\" 'it\"s'", '/opt/tsbox run --command=app org.example.App "a b" "\\$x" "it\\"s"'],
    ["quotes the program with its option", "'/opt/My App/run' %u", '/opt/tsbox run "--command=/opt/My App/run" --file-forwarding org.example.App @@u %u @@'],
    ["keeps an empty argument", 'app ""', '/opt/tsbox run --command=app org.example.App ""'],
    ["takes a word that every object has", "app constructor __proto__", "/opt/tsbox run --command=app org.example.App constructor __proto__"],
    ["ends at a comment", "app %U #x", "/opt/tsbox run --command=app --file-forwarding org.example.App @@u %U @@"],
    ["has no comment behind a tab", "app\t#x", '/opt/tsbox run --command=app org.example.App "#x"'],
    ["joined behind an escaped space has a comment, as GLib has it", "app a\\ #x\nb", '/opt/tsbox run --command=app org.example.App "a b"'],
    ["with a lone hash at its end starts the app", "app #", "/opt/tsbox run org.example.App"],
    ["without a command starts the app", null, "/opt/tsbox run org.example.App"],
    ["with an open quote starts the app", 'app "%f', "/opt/tsbox run org.example.App"],
    ["refuses a forged mark", "app @@ /etc/passwd @@", "refused @@"],
    ["refuses a forged mark in quotes", 'app "@@u" x', "refused @@u"],
    ["refuses a mark that a deprecated code makes", "app @%d@ /etc/passwd %f", "refused @%d@"],
    ["takes such a word where no files are passed", "app @%d@", "/opt/tsbox run --command=app org.example.App @%d@"],
    ["takes an argument such as an address with an at sign", "app me@@you", "/opt/tsbox run --command=app org.example.App me@@you"],
  ];
  for (const [name, before, after] of cases) it(name, () => assert.equal(execOf(before), after));

  it("is refused where the entry's own name would become a mark, as launchers expand it", () => {
    const named = (name: string, exec: string): boolean => rewriteExec(exec, LAUNCHER, "desktop", { shown: ["Editor", name] }).ok;
    for (const exec of ["app %c %f", "app %i %f", "app @%c %f"]) {
      assert.ok(named("Bearbeiter", exec), exec);
      for (const name of ["@@", "@"]) assert.ok(!named(name, exec), `${exec} of ${name}`);
    }
    assert.ok(named("@@", "app %c"));
  });

  it("has no field code in quotes or in an option of ours: GLib puts a name in as it is, and a quote in it would end ours", () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbox-codes-"));
    const show = { tsbox: `${folder}/show`, id: "org.example.App" };
    writeFileSync(show.tsbox, `#!/bin/sh\nprintf '[%s]' "$@"\n`, { mode: 0o755 });
    const launch = (exec: string, name: string): string => {
      writeFileSync(`${folder}/one.desktop`, `[Desktop Entry]\nType=Application\nName=${name}\nExec=${exec.replaceAll("\\", "\\\\")}\n`);
      return execFileSync("gio", ["launch", `${folder}/one.desktop`], { encoding: "utf8", timeout: 20_000 });
    };
    const rewritten = (exec: string): string => {
      const result = rewriteExec(exec, show, "desktop");
      return result.ok ? result.exec : "refused";
    };
    const name = 'x" --filesystem=home org.example.Evil "';
    assert.match(launch(`${show.tsbox} run "--command=a %c" org.example.App`, name), /\[--filesystem=home\]\[org\.example\.Evil\]/, "the launcher would do it");
    assert.equal(launch(rewritten('"a %c" "b %c d%%" %i'), name), "[run][--command=a %c][org.example.App][b  d%]");
    assert.equal(launch(rewritten("%c --title=%c 100%%"), 'a "b"'), '[run][--command=%c][org.example.App][--title=a "b"][100%]');
    rmSync(folder, { recursive: true });
  });

  it("of a service has no field codes", () => {
    assert.equal(
      execOf("/usr/bin/app --gapplication-service %f", "service"),
      "/opt/tsbox run --command=/usr/bin/app org.example.App --gapplication-service %f",
    );
    const percent = rewriteExec("app", { tsbox: "/opt/100%/tsbox", id: "org.example.App" }, "desktop");
    assert.deepEqual(percent, { ok: true, exec: "/opt/100%%/tsbox run --command=app org.example.App" });
  });

  it("gives the very words back, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (words) => {
        assert.deepEqual(splitCommand(words.map(quoteWord).join(" ")), words);
      }),
    );
  });

  it("never lets an argument become an option of `run` or a mark (CVE-2021-21381)", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string().map((word) => word.replaceAll("%", "")),
          { minLength: 1 },
        ),
        (words) => {
          const rewritten = rewriteExec(words.map(quoteWord).join(" "), LAUNCHER, "desktop");
          if (!rewritten.ok) return assert.ok(rewritten.word.startsWith("@@") && words.slice(1).includes(rewritten.word));
          const after = splitCommand(rewritten.exec) ?? [];
          assert.deepEqual(after.slice(0, 3), ["/opt/tsbox", "run", `--command=${words[0]}`]);
          const given = after.slice(after.indexOf("org.example.App", 3) + 1);
          assert.deepEqual(
            given.filter((word) => !word.startsWith("@@")),
            words.slice(1),
          );
        },
      ),
    );
  });

  it("names a program only by a path that can stand in it", () => {
    assert.ok(isSafeProgramPath("/opt/My Programs/tsbox"));
    for (const path of ["tsbox", "/opt/a=b/tsbox", "/opt/a\nb", "/opt/\u001b[0m"]) assert.ok(!isSafeProgramPath(path), path);
  });
});

describe("the same program", () => {
  const real: Readonly<Record<string, string>> = { "/usr/bin/vi": "/usr/bin/vim.basic", "/usr/bin/vim": "/usr/bin/vim.basic" };
  const same = (one: string, other: string): boolean => isSameProgram(one, other, (path) => real[path] ?? null);

  it("is known by its name, by its path, and through links", () => {
    assert.ok(same("mousepad", "/usr/bin/mousepad"));
    assert.ok(same("/usr/bin/vi", "/usr/bin/vim"));
    assert.ok(!same("/opt/one/app", "/opt/two/app"));
    assert.ok(!same("mousepad", "mousepad-real"));
  });

  it("is looked for past `env`, and not known by a word that starts anything", () => {
    assert.equal(programOf("env GTK_THEME=dark mousepad %U"), "mousepad");
    for (const line of ["sh -c mousepad", "env python3 x.py", "flatpak run org.example.App", "pkexec mousepad", "", '"'])
      assert.equal(programOf(line), null, line);
  });
});

describe("a shim", () => {
  it("is a script that hands every argument on as it is", () => {
    assert.equal(
      renderShim({ tsbox: "/opt/it's/tsbox", id: "org.example.App" }),
      "#!/bin/sh\n# X-Tsbox=org.example.App: made by tsbox export --shim. `tsbox unexport org.example.App` takes it away.\n" +
        "exec '/opt/it'\\''s/tsbox' run org.example.App \"$@\"\n",
    );
  });

  it("has a name that surprises no shell, and never that of tsbox or an interpreter", () => {
    assert.equal(shimName("/usr/bin/mousepad"), "mousepad");
    for (const command of ["", "-x", "a b", "a;b", "../", ".hidden", "/usr/bin/tsbox", "sh", "/usr/bin/python3", "sudo"])
      assert.equal(shimName(command), null, command);
  });
});
