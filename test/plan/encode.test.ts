// The words that the front obeys, and the script for bubblewrap, which the real bubblewrap runs here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { encodePlan } from "../../native/plan-language.ts";
import { probeHost, readCaller } from "../../launcher/host/door.ts";
import { encodeRun, type Plan, planRun, queriesForRun, renderPlanBwrap, renderPlanJson } from "../../launcher/plan/door.ts";
import { fakeInputs, goodPlanOf, GUARDED_HOME } from "./fake-host.ts";
import { runCommand } from "../../launcher/cli/run.ts";
import { assertPromisedJson } from "../support/json-schema.ts";

const INSTANCE = { id: "4711", directory: "/run/user/1000/.flatpak/4711" };

describe("an encoded plan", () => {
  const plan = goodPlanOf({
    tree: { ...GUARDED_HOME, "/run/user/1000/bus": "socket" },
    words: { filesystems: ["home"], shared: ["ipc"] },
    options: { callerArgumentsFrom: 2, keepDescriptors: [5] },
  });
  const { arguments: words, blobs } = encodeRun(plan, INSTANCE);

  it("numbers every operation, in order", () => {
    const numbers = words.flatMap((word, index) => (word === "--op" ? [Number(words[index + 1])] : []));
    assert.deepEqual(
      numbers,
      Array.from({ length: plan.operations.length + 1 }, (_, index) => index),
    );
  });

  it("tells type, device and inode of every source", () => {
    words.forEach((word, index) => {
      if (["--bind", "--ro-bind", "--dev-bind", "--link-bind"].includes(word))
        assert.equal(words[index - 4], "--source", words.slice(index, index + 3).join(" "));
    });
  });

  it("puts the instance's number into the identity, for connector and app alike", () => {
    const texts = blobs.map((bytes) => Buffer.from(bytes).toString("utf8")).filter((text) => text.startsWith("[Application]"));
    assert.equal(texts.length, 3);
    for (const text of texts) assert.match(text, /^instance-id=4711$/m);
  });

  it("refers to existing data only, and holds no NUL", () => {
    for (const word of words) {
      assert.ok(!word.includes("\0"));
      if (/^%\d+$/.test(word)) assert.ok(Number(word.slice(1)) < blobs.length);
    }
    assert.ok(encodePlan({ arguments: words, blobs }).length > 0);
  });

  it("ends in the command, after a double dash", () => {
    assert.deepEqual(words.slice(-2), ["--", "app"]);
    assert.ok(words.join(" ").includes("--caller-args 2"));
    assert.ok(words.includes("--share-ipc") && words.includes("--unshare-net"));
  });
});

describe("a plan as JSON", () => {
  it("is JSON, with 64-bit numbers as text", () => {
    assertPromisedJson(runCommand([]), renderPlanJson(goodPlanOf({})));
    const shown = JSON.parse(renderPlanJson(goodPlanOf({}))) as { format: number; operations: { source?: { ino: string } }[] };
    assert.equal(shown.format, 1);
    assert.equal(typeof shown.operations[0]?.source?.ino, "string");
  });
});

/** A plan of this very machine for whoever runs the test, with a home of its own. */
function planHere(home: string, words: Parameters<typeof fakeInputs>[0]["words"], environment: Record<string, string> = {}): Plan {
  const base = fakeInputs({ words: words ?? {}, environment: { ...environment, HOME: home }, cwd: home, options: { assumePrepared: true, sessionBus: false } });
  const request = { ...base.request, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, runtimeDirectory: join(home, "runtime") };
  const caller = readCaller(request, null);
  assert.ok(caller.ok);
  const inputs = { ...base, request, caller: caller.value, options: { ...base.options, command: "sh" } };
  const plan = planRun(inputs, probeHost(queriesForRun(inputs)));
  assert.ok(plan.ok, plan.ok ? "" : JSON.stringify(plan.problems));
  return plan.value;
}

describe("a plan as a script for bubblewrap", () => {
  const runScript = (plan: Plan, home: string, command: string, environment: Record<string, string> = {}): string => {
    const script = join(home, "plan.sh");
    writeFileSync(script, renderPlanBwrap(plan));
    return execFileSync("sh", [script, "-c", command], {
      env: { PATH: "/usr/bin:/bin", TMPDIR: home, ...environment },
      encoding: "utf8",
      timeout: 20_000,
      stdio: ["ignore", "pipe", "pipe"],
    });
  };

  it("runs, and shows the sandbox of the plan", () => {
    const home = mkdtempSync(join(tmpdir(), "tsbox-plan-test."));
    try {
      mkdirSync(join(home, "seen"));
      writeFileSync(join(home, "seen", "it's $HOME"), "text");
      writeFileSync(join(home, "unseen"), "text");
      const plan = planHere(home, { filesystems: ["~/seen:ro"], environment: { ODD: 'it\'s `id` $HOME\n"x"' } });
      const output = runScript(
        plan,
        home,
        'ls "$HOME"; cat "$HOME/seen/"*; touch "$HOME/seen/new" 2>&1 || true; printf "%s|" "$ODD"; echo "$FLATPAK_ID"; head -n 2 /.flatpak-info; ls /sys/class/net 2>/dev/null || echo no sys',
        { LANG: "C" },
      );
      assert.match(output, /^seen\ntext/);
      assert.ok(!output.includes("unseen"));
      assert.match(output, /Read-only file system/);
      assert.ok(output.includes('it\'s `id` $HOME\n"x"|org.example.App\n[Application]\nname=org.example.App'));
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it("says in comments what bubblewrap cannot", () => {
    const script = renderPlanBwrap(
      goodPlanOf({
        tree: { ...GUARDED_HOME, "/home/ada/.local/bin": "-> ../opt", "/home/ada/opt": "directory", "/run/user/1000/bus": "socket" },
        words: { filesystems: ["home"] },
      }),
    );
    for (const line of ["the link /home/ada/.local/bin is not held", "the session bus", "a fresh /sys", "the Landlock scope signal"])
      assert.ok(script.includes(`# not in bwrap: ${line}`), line);
    assert.match(script, /\nexec bwrap \\\n/);
  });

  it("quotes whatever a path or a value holds", () => {
    const script = renderPlanBwrap(goodPlanOf({ tree: { "/home/ada/a'b $(id)\n": "directory" }, words: { filesystems: ["~/a'b $(id)\n"] } }));
    assert.ok(script.includes(`'/home/ada/a'\\''b $(id)\n'`));
  });
});
