// The second layer: what Landlock still refuses when the mounts protect nothing, and what it must not refuse.
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { before, it } from "node:test";
import { encodeRun } from "../../launcher/plan/encode.ts";
import type { Plan } from "../../launcher/plan/plan.ts";
import { makeExecutor } from "../native/executor.ts";
import { inEachSession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, expectSuccess, makeApp } from "../support/sandbox.ts";
import { serverScript } from "../support/server-script.ts";

const SECRET = "a secret of the host";
const CONTEXT = "[Context]\nfilesystems=~/given;~/look:ro\n";

/** What `--dry-run=json` prints, back as the plan that it was printed from. */
function planOf(json: string): Plan {
  const read = JSON.parse(json, (key, value: unknown) => {
    if (key === "dev" || key === "ino") return BigInt(value as string);
    if (key === "bytes" || key === "filter") return typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value;
    return value;
  }) as Plan & { environment: { set: object; pass: object } };
  const { set, pass } = read.environment;
  return { ...read, environment: { set: new Map(Object.entries(set)), pass: new Map(Object.entries(pass)) } };
}

inEachSession("Landlock's layer", (session) => {
  let app: App;
  before(async () => {
    for (const folder of ["given", "look"]) session().write(`${folder}/open`, "open\n");
    session().write("secret", `${SECRET}\n`);
    session().write("folder/program", "#!/bin/sh\necho it ran\n", 0o755);
    app = await makeApp(session(), "org.example.Locked", `command=sh\n${CONTEXT}`);
    // Makes the app's folders, which a plan that is only printed takes for made.
    expectSuccess(await app.run(["-c", "true"]));
  });
  const dryRun = async (options: readonly string[], format: string): Promise<string> =>
    expectSuccess(await app.run([], { options: [`--dry-run${format}`, "--no-session-bus", ...options] }));

  /** The plan of a real start with the whole host bound at `/leak`, and the whole home at its own place, beneath everything else. */
  const runWithoutMounts = async (script: string, options: readonly string[], change: (words: readonly string[]) => readonly string[]) => {
    const plan = planOf(await dryRun(options, "=json"));
    const { arguments: words, blobs } = encodeRun({ ...plan, command: ["sh", "-c", script] }, { id: "1", directory: "/nowhere" });
    const instance = words.indexOf("--instance-dir");
    const first = words.indexOf("--op");
    const { home } = session();
    const changed = change([
      ...words.slice(0, instance),
      ...words.slice(instance + 2, first),
      "--bind",
      "/",
      "/leak",
      "--bind",
      home,
      home,
      ...words.slice(first),
    ]);
    const descriptors = blobs.map((bytes, index) => openSync(session().write(join(session().scratch, `blob-${index}`), bytes), "r"));
    try {
      const numbered = changed.map((word) => (/^%\d+$/.test(word) ? String(3 + Number(word.slice(1))) : word));
      return await session().run([makeExecutor(session()).path, ...numbered], { descriptors });
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  };
  const tries = (): readonly string[] => {
    const { home } = session();
    return [`/leak${home}`, home].flatMap((at) => [
      `cat ${at}/secret`,
      `echo x >${at}/secret`,
      `echo x >${at}/new && echo written`,
      `mkdir ${at}/made && echo written`,
      `mv ${at}/secret ${at}/moved && echo written`,
      `ln ${at}/secret ${at}/given/hard && cat ${at}/given/hard`,
      `rm ${at}/secret && echo written`,
      `${at}/folder/program`,
    ]);
  };
  const found = /a secret of the host|written|it ran/;

  it("finds nothing with live=none where the mounts show the whole host, and all of it is there without the layer", async () => {
    const withoutLayer = (words: readonly string[]): readonly string[] => {
      const at = words.indexOf("--landlock");
      const end = words.lastIndexOf("--landlock-path") + 3;
      return [...words.slice(0, at), ...words.slice(end)];
    };
    const open = await runWithoutMounts(
      `cat /leak${session().home}/secret ${session().home}/secret; ${session().home}/folder/program`,
      ["--live=none"],
      withoutLayer,
    );
    assert.equal(open.stdout, `${SECRET}\n${SECRET}\nit ran\n`, open.stderr);
    const closed = await runWithoutMounts(tries().join("\n"), ["--live=none"], (words) => words);
    assert.doesNotMatch(closed.stdout, found);
    assert.equal(closed.stderr.split("\n").filter((line) => /Permission denied|cross-device link/.test(line)).length, tries().length, closed.stderr);
    assert.equal(session().read("secret"), `${SECRET}\n`);
  });

  it("finds nothing by reading every file below the leak", async () => {
    const { home } = session();
    const search = `grep -rs '${SECRET}' /leak${home} ${home}; cat ${home}/given/open ${home}/look/open`;
    const closed = await runWithoutMounts(search, ["--live=none"], (words) => words);
    assert.equal(closed.stdout, "open\nopen\n", closed.stderr);
  });

  it("adds nothing in the live area: what the mounts show there is what there is", async () => {
    session().write(join(session().scratch, "secret"), "a secret elsewhere\n");
    const closed = await runWithoutMounts(`cat ${session().home}/secret; cat /leak${session().scratch}/secret`, [], (words) => words);
    assert.equal(closed.stdout, `${SECRET}\n`);
    assert.match(closed.stderr, /\/leak.*Permission denied/);
  });

  it("lets an app use what it is given: read, write, move, link, open again what was handed over", async () => {
    const { home } = session();
    session().write("input", "from the caller\n");
    const script = [
      `cd ${home}/given && mkdir -p a b && echo x >a/file && mv a/file b/file && ln b/file b/hard && cat b/hard && rm -r a b`,
      "cd ~ && mkdir a b && echo y >a/file && mv a/file b/file && cat b/file",
      "cd /tmp && mkdir a b && echo z >a/file && mv a/file b/file && cat b/file",
      "cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr; echo null >/dev/null",
      'echo data >"$XDG_DATA_HOME/file" && cat "$XDG_DATA_HOME/file"; : >"$XDG_RUNTIME_DIR/own" && echo own',
    ].join("\n");
    // Pipes of a shell: those of Node are sockets, which nobody can open again.
    const piped = `echo from a pipe | { ${app.tsbox} run ${app.id} -c "$1" 2>&3 | cat; } 3>&1 | cat`;
    const { stdout, stderr } = await session().run(["/bin/sh", "-c", piped, "sh", script]);
    assert.deepEqual(stdout.split("\n").sort(), ["", "data", "err", "from a pipe", "out", "own", "x", "y", "z"], stderr);
    const file = await session().run(["/bin/sh", "-c", `${app.tsbox} run ${app.id} -c 'cat /dev/stdin; echo x >/dev/stdin' <${home}/input`]);
    assert.equal(file.stdout, "from the caller\n");
    assert.match(file.stderr, /Permission denied/, "given to read, so not to write");
    assert.equal(session().read("input"), "from the caller\n");
  });

  it("refuses what nobody gave even where the file's owner may: new names beside the sandbox's own folders", async () => {
    const script = "echo x >/new; echo x >/run/new; echo x >/etc/new; mkdir /usr/new; ls / | tr '\\n' ' '";
    const { stdout, stderr } = await app.run(["-c", script]);
    assert.match(stdout, /\busr\b/, "listing is not refused");
    assert.doesNotMatch(stdout, /\bnew\b/);
    assert.equal(stderr.split("\n").filter((line) => /Permission denied|Read-only/.test(line)).length, 4, stderr);
  });

  it("lets an app read what is mounted later in the live area, and nothing that is mounted elsewhere", async () => {
    session().write("later/open", "granted later\n");
    const running = app.start(["-c", "mkdir /media/later; echo ready; read line; cat /media/later/open; cat /var/open"], { input: "pipe" });
    await waitFor("the app", () => running.stdout().includes("ready"));
    const attach = serverScript(session(), "attach.py");
    for (const place of ["/media/later", "/var"])
      expectSuccess(await session().run(["/usr/bin/python3", attach, String(running.pid), session().path("later"), place]));
    running.write("go\n");
    const { stdout, stderr } = await running.ended;
    assert.equal(stdout, "ready\ngranted later\n", stderr);
    assert.match(stderr, /\/var\/open.*Permission denied/);
  });

  it("closes signals to whatever is not the app's own, its pid 1 among them", async () => {
    const script = "kill -0 1 2>&1; sleep 5 & kill -0 $! && echo its own; kill $!";
    assert.match((await app.run(["-c", script])).stdout, /not permitted\n+its own\n$/);
    const outside = await session().run(["/bin/sh", "-c", "sleep 5 & sh -c 'kill -0 $0 && echo allowed && kill $0' $!"]);
    assert.equal(outside.stdout, "allowed\n", "the host allows the same for the same user");
  });

  it("is told by --dry-run with every rule and its reason, and where it is off with the reason for that", async () => {
    const text = await dryRun([], "");
    assert.match(text, /^ {2}Landlock paths: ABI \d+, all but \d+ places are refused$/m);
    assert.match(text, new RegExp(`^ {2}rw {2}${session().home} {2}# `, "m"));
    const plan = planOf(await dryRun(["--live=none"], "=json"));
    assert.ok(plan.landlock.abi >= 2 && plan.landlock.handled.includes("write-file") && plan.landlock.off === null);
    assert.ok(!plan.landlock.rules.some(({ path }) => path === session().home || path === "/media"));
    if (session().account.uid === 0) return;
    assert.match(await dryRun(["--nested=full"], ""), /^ {2}Landlock paths: none, nested=full needs mounts/m);
  });
});
