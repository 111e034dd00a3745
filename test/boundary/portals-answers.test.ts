// What programs that ask answer, and what they are given: nothing that a file's or a filter's name holds becomes another path or an option.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { variant } from "../../portals/core/portal.ts";
import { readFilters } from "../../portals/desktop/file-chooser.ts";
import { checkMailto } from "../../portals/desktop/open-uri.ts";
import { filterWord, pathsOf as kdialogPaths } from "../../portals/dialogs/kdialog.ts";
import { pathsOf as zenityPaths } from "../../portals/dialogs/zenity.ts";
import { openPatterns } from "../../portals/outside/mime-patterns.ts";

describe("answers of dialogs", () => {
  it("zenity: one path is never split, several only where no name can end", () => {
    const odd = "/d/a\u001f/home/u/.ssh/id_rsa";
    assert.deepEqual(zenityPaths(`${odd}\n`, false), [odd]);
    assert.deepEqual(zenityPaths(`${odd}//\u001f///d/b\n`, true), [odd, "/d/b"]);
    assert.deepEqual(zenityPaths("/d/a\n/home/u/.ssh/id_rsa\n", false), ["/d/a\n/home/u/.ssh/id_rsa"]);
  });

  it("kdialog: one path is never split, several only within one folder where all are there", () => {
    const odd = "/d/a\n/home/u/.ssh/id_rsa";
    assert.deepEqual(
      kdialogPaths(`${odd}\n`, false, () => true),
      [odd],
    );
    assert.deepEqual(
      kdialogPaths(`${odd}\n`, true, () => true),
      [],
    );
    assert.deepEqual(
      kdialogPaths("/d/a\n/d/b\n", true, () => true),
      ["/d/a", "/d/b"],
    );
    assert.deepEqual(
      kdialogPaths("/d/a\n/d/b\n", true, (path) => path !== "/d/b"),
      [],
    );
  });

  it("kdialog: a filter's name is no option, whatever it begins with", () => {
    for (const name of ["--attach", "  --default", " - --x", "-\u2003--x"]) assert.match(filterWord([{ name, patterns: ["*.a"] }]), /^[^\s-]/, name);
    assert.equal(filterWord([{ name: "--", patterns: ["*.a"] }]), "* (*.a)");
  });

  it("a mail address without fields, and one with plain ones, are taken", () => {
    for (const uri of ["mailto:a@b.c", "mailto:?to=a@b.c", "mailto:a@b.c?subject=x&BODY=a;b"]) checkMailto(uri);
    for (const uri of ["mailto:a@b.c?attach=x", "mailto:a?body=x;attach=y", "mailto:a&attach=x?cc=b"]) assert.throws(() => checkMailto(uri), uri);
  });
});

describe("filters of a file dialog", () => {
  const filters = (...all: readonly (readonly [string, readonly (readonly [number, string])[]])[]) => new Map([["filters", variant("a(sa(us))", all)]]);
  const GLOBS = "50:image/png:*.png\n50:image/jpeg:*.jpg\n50:image/jpeg:*.jpeg\n50:text/x-make:makefile\n";

  it("are patterns, and the patterns of types and of families of types", () => {
    const rules = [
      [0, "*.a"],
      [1, "image/jpeg"],
      [1, "image/*"],
      [1, "text/x-make"],
    ] as const;
    assert.deepEqual(
      readFilters(
        filters(["", rules]),
        openPatterns(() => GLOBS),
      ),
      [{ name: "*.a *.jpg *.jpeg *.png", patterns: ["*.a", "*.jpg", "*.jpeg", "*.png"] }],
    );
  });

  it("cost one look at the table of types, however many an app writes, and end at a number", () => {
    let looks = 0;
    const read = (): string => {
      looks++;
      return GLOBS;
    };
    const many = Array.from({ length: 40_000 }, (_, index) => [index % 2, index % 2 === 0 ? `*.x${index}` : "image/png"] as const);
    const [first, ...others] = readFilters(filters(["first", many], ["second", many]), openPatterns(read));
    assert.equal(looks, 1);
    assert.equal(first?.patterns.length, 2049);
    assert.deepEqual(others, []);
  });
});
