// What a start is talked into: by the manifest, by names, by the caller's surroundings. Each is a published attack on another launcher, tried here.
import assert from "node:assert/strict";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { before, it } from "node:test";
import { inEachSession, inOrdinarySession } from "../support/cases.ts";
import { parseMountinfo } from "../support/probe.ts";
import { expectSuccess, findTsbox, makeApp, makeProbe } from "../support/sandbox.ts";

const OWN_FAILURE = 125;
const NOT_FOUND = 127;
const PATH_VARIABLES = ["PATH", "LD_LIBRARY_PATH", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "PYTHONPATH", "GI_TYPELIB_PATH", "GST_PLUGIN_SYSTEM_PATH"];

inEachSession("a start", (session) => {
  let tsbox: string;
  before(async () => {
    tsbox = await findTsbox(session());
  });

  it("takes no manifest with a NUL byte, behind which another text would count (CVE-2021-43860)", async () => {
    const s = session();
    s.write("hidden/org.example.Hidden.ini", "[Application]\nname=org.example.Hidden\ncommand=true\n\0\n[Context]\nfilesystems=home;\n");
    const outcome = await s.run([tsbox, "run", "./hidden/org.example.Hidden.ini"]);
    assert.equal(outcome.status, OWN_FAILURE);
    assert.match(outcome.stderr, /org\.example\.Hidden\.ini:4/);
    s.write("hidden/org.example.Hidden.ini", "[Application]\nname=org.example.Hidden\ncommand=true\n[Context]\nfilesystems=home;\n");
    assert.equal((await s.run([tsbox, "run", "./hidden/org.example.Hidden.ini"])).status, 0);
  });

  it("takes a command for a program's name and nothing else, whatever it begins with (CVE-2024-32462)", async () => {
    const s = session();
    for (const command of ["--bind", "--args", "-c", "--", "--ro-bind=/"]) {
      const app = await makeApp(s, "org.example.Dashes", `command=${command}\n`);
      const outcome = await app.run(["/", "/host"]);
      assert.equal(outcome.status, NOT_FOUND, `${command}: ${outcome.stderr}`);
      assert.equal((await app.run(["/", "/host"], { options: [`--command=${command}`] })).status, NOT_FOUND, command);
    }
    const real = await makeApp(s, "org.example.Dashes", "command=--bind\n", [s.write("programs/--bind", "#!/bin/sh\necho the program\n", 0o755)]);
    assert.equal((await real.run(["/", "/host"])).stdout, "the program\n", "a program of that name is that program");
  });

  it("grants nothing for an empty list, whichever it is (CVE-2025-66479)", async () => {
    const s = session();
    const lists = ["shared", "sockets", "devices", "features", "filesystems", "persistent", "unset-environment"];
    const empty = await makeProbe(s, `[Context]\n${lists.map((name) => `${name}=\n`).join("")}[Session Bus Policy]\n[System Bus Policy]\n`);
    const plain = await makeProbe(s, "", "org.example.Plain");
    const [found, expected] = [await empty.facts(), await plain.facts()];
    assert.deepEqual(Object.keys(found.interfaces), ["lo"]);
    const places = (text: string) => parseMountinfo(text).map((mount) => mount.target.replaceAll("org.example.Plain", "org.example.Probe"));
    assert.deepEqual(places(found.mountinfo), places(expected.mountinfo));
    assert.deepEqual(Object.keys(found.devices), Object.keys(expected.devices));
  });

  it("cancels finer grants too where the host's files are taken away, and makes none of them (CVE-2022-21682)", async () => {
    const s = session();
    s.write("papers/one", "text");
    const manifest = "[Context]\nfilesystems=~/papers;~/made:create;\n";
    const probe = await makeProbe(s, manifest, "org.example.Cancelled");
    s.write(".local/share/tsbox/overrides/org.example.Cancelled", "[Context]\nfilesystems=!host:reset;\n");
    assert.deepEqual(await probe.act([`read ${s.path("papers/one")}`]), ["ENOENT"]);
    assert.ok(!existsSync(s.path("made")));
    const granted = await makeProbe(s, manifest, "org.example.Granted");
    assert.deepEqual(await granted.act([`read ${s.path("papers/one")}`]), ["ok"]);
    assert.ok(existsSync(s.path("made")));
  });

  it("is given nothing by standing in a folder (CVE-2025-59532, CVE-2019-11502)", async () => {
    const s = session();
    s.write("secret/key", "canary");
    const app = await makeApp(s, "org.example.Standing", "command=sh\n");
    const look = "pwd; cat key; cat secret/key; ls ..; true";
    const outcome = await app.run(["-c", look], { cwd: s.path("secret") });
    assert.doesNotMatch(outcome.stdout, /canary|secret/);
    assert.equal(outcome.stdout.split("\n")[0], s.home, "the home of its own");
    const granted = await app.run(["-c", "pwd; cat key"], { cwd: s.path("secret"), options: ["--filesystem=~/secret"] });
    assert.equal(granted.stdout, `${s.path("secret")}\ncanary`);
  });

  it("gets no working directory by descriptor, and none of forty open ones (CVE-2024-21626)", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Leaks", "command=sh\n");
    const folder = openSync(s.home, "r");
    try {
      const descriptors = Array.from({ length: 40 }, () => folder);
      const look = "ls -l /proc/self/fd | wc -l; readlink /proc/self/cwd; ls /proc/self/cwd/.local/share/tsbox; true";
      const outcome = await app.run(["-c", "ls /proc/self/fd"], { descriptors });
      assert.equal(outcome.stdout, "0\n1\n2\n3\n", "3 is ls' own");
      for (const number of [3, 7, 20]) {
        for (const cwd of [`/proc/self/fd/${number}`, `/proc/1/fd/${number}`, `/dev/fd/${number}`]) {
          const asked = await app.run(["-c", look], { descriptors, options: [`--cwd=${cwd}`] });
          assert.doesNotMatch(asked.stdout, /unreachable|manifests/, cwd);
          assert.equal(asked.status, OWN_FAILURE, `${cwd}: ${asked.stdout}${asked.stderr}`);
        }
      }
    } finally {
      closeSync(folder);
    }
  });

  it("does not take a missing place behind a link for checked (CVE-2026-27523)", async () => {
    const s = session();
    s.makeFolder(`${s.scratch}/elsewhere`);
    const probe = await makeProbe(s, "[Context]\nfilesystems=~/inbox;~/inbox/way/late;\n", "org.example.Late");
    s.makeFolder("inbox");
    s.link(`${s.scratch}/elsewhere`, "inbox/way");
    assert.equal((await probe.run(["facts"])).status, 0);
    s.write(`${s.scratch}/elsewhere/late/key`, "canary");
    const acts = [`read ${s.path("inbox/way/late/key")}`, `read ${s.scratch}/elsewhere/late/key`, `create ${s.path("inbox/way/late/planted")}`];
    for (const answer of await probe.act(acts)) assert.notEqual(answer, "ok");
    assert.deepEqual(readdirSync(`${s.scratch}/elsewhere/late`), ["key"]);
  });

  it("opens nothing where a path cannot be resolved, and takes no denial back for it (CVE-2026-50549)", async () => {
    const s = session();
    s.write("open/deep/key", "canary");
    s.link("loop", "open/loop");
    s.makeFolder("open/closed/in");
    chmodSync(s.path("open/closed"), 0o000);
    const long = `${"x".repeat(250)}/`.repeat(20);
    for (const odd of ["~/open/loop/key", `~/${long}key`, "~/open/closed/in", "~/open/deep/key/below"]) {
      const outcome = await (await makeProbe(s, `[Context]\nfilesystems=${odd};!~/open/deep;~/open;\n`, "org.example.Odd")).run([
        "do",
        `read ${s.path("open/deep/key")}`,
      ]);
      assert.ok(
        outcome.status === OWN_FAILURE || outcome.stdout === "ENOENT\n" || outcome.stdout === "EACCES\n",
        `${odd.slice(0, 40)}: ${outcome.stdout}${outcome.stderr}`,
      );
    }
    for (const denied of ["!~/open/loop/key", "!~/open/deep/key/below"]) {
      const probe = await makeProbe(s, `[Context]\nfilesystems=~/open;!~/open/deep;${denied};\n`, "org.example.Odd");
      const outcome = await probe.run(["do", `read ${s.path("open/deep/key")}`]);
      assert.ok(outcome.status === OWN_FAILURE || outcome.stdout === "ENOENT\n", `${denied}: ${outcome.stdout}${outcome.stderr}`);
    }
    chmodSync(s.path("open/closed"), 0o755);
  });

  it("carries out no part of a name: blanks, quotes, commas, `;`, `$()` and line breaks (CVE-2017-5207, CVE-2020-17368, CVE-2024-9407)", async () => {
    const s = session();
    for (const name of ["a;touch carried-out;", "$(touch carried-out)", "`touch carried-out`", "a,rw,lowerdir=x", "a=b", "a'\"b", "a b\\tc"]) {
      const folder = s.makeFolder(`odd/${name.replaceAll("/", "_")}`);
      s.write(`${folder}/key`, "text");
      const app = await makeApp(s, "org.example.Names", "command=sh\n");
      const outcome = await app.run(["-c", 'cat "$1/key"; ls "$2" | wc -l', "sh", folder, s.path("odd")], {
        options: [`--filesystem=${folder.replaceAll("\\", "\\\\")}`],
      });
      assert.ok(outcome.status === OWN_FAILURE || outcome.stdout === "text1\n", `${name}: ${outcome.stdout} ${outcome.stderr}`);
    }
    const argument = "$(touch carried-out);`touch carried-out`\ntouch carried-out";
    const echo = await (await makeApp(s, "org.example.Names", "command=printf\n")).run(["%s", argument], { options: [`--env=A=${argument}`] });
    assert.equal(echo.stdout, argument);
    const found = await s.run(["find", s.home, s.scratch, "-name", "*carried-out", "-type", "f"]);
    assert.equal(found.stdout, "");
  });

  it("has no empty element in a variable that is a list of folders (CVE-2020-27348)", async () => {
    const probe = await makeProbe(session(), "", "org.example.Lists");
    for (const value of ["", ":", "/usr/share::/opt", undefined]) {
      const environment = Object.fromEntries(PATH_VARIABLES.filter((name) => name !== "PATH").map((name) => [name, value]));
      for (const entry of (await probe.facts({ environment })).environment) {
        const [name = "", list = ""] = [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)];
        if (PATH_VARIABLES.includes(name)) assert.ok(!list.split(":").includes(""), `${entry} with ${value}`);
      }
    }
  });

  it("puts nothing of the user's in the place of the kernel's own trees (CVE-2019-16884)", async () => {
    const s = session();
    s.write("fake/attr/current", "unconfined");
    const app = await makeApp(s, "org.example.Fake", "command=sh\n");
    for (const place of ["/proc", "/proc/self/attr", "/proc/sys", "/sys", "/dev", "/dev/shm", "/.flatpak-info", "/app", "/usr", "/etc/passwd"]) {
      const outcome = await app.run(["-c", "stat -f -c %T /proc; cat /proc/attr/current /proc/self/attr/current; true"], {
        options: [`--bind=${s.path("fake")}:${place}`],
      });
      assert.doesNotMatch(outcome.stdout, /unconfined/, place);
      if (outcome.status !== OWN_FAILURE) assert.match(outcome.stdout, /^proc\n/, place);
    }
    const granted = await app.run(["-c", "cat /mnt/here/attr/current"], { options: [`--bind=${s.path("fake")}:/mnt/here`] });
    assert.equal(granted.stdout, "unconfined");
  });

  it("is whole with a request that is longer than one read (CVE-2021-43784)", async () => {
    const app = await makeApp(session(), "org.example.Long", "command=sh\n");
    const long = "x".repeat(100_000);
    const outcome = await app.run(["-c", 'printf "%s" "$1$2$A" | wc -c; grep Seccomp: /proc/self/status', "sh", long, long], { options: [`--env=A=${long}`] });
    assert.equal(expectSuccess(outcome), "300000\nSeccomp:\t2\n");
  });
});

inOrdinarySession("whatever lies around the caller, a start", (session) => {
  it("runs its own parts alone: not those of PATH, of the working directory or of its name (CVE-2021-44730)", async () => {
    const s = session();
    const tsbox = await findTsbox(s);
    const mark = `${s.scratch}/ran`;
    for (const name of ["node", "tsbox-init", "bwrap", "sh", "tsbox-connector", "xdg-dbus-proxy"])
      s.write(`trap/${name}`, `#!/bin/sh\necho ${name} >> ${mark}\n`, 0o755);
    for (const name of ["broker.cjs", "build/broker.cjs", "bus.cjs", "node"])
      s.write(`trap/${name}`, `require("fs").writeFileSync("${mark}", "module")\n`, 0o755);
    const app = await makeApp(s, "org.example.Trap", "command=/usr/bin/true\n");
    const environment = { PATH: `${s.path("trap")}:/usr/bin:/bin` };
    const outcome = await s.run(["/bin/bash", "-c", `cd "$1" && exec -a "$1/tsbox" "$2" run ${app.id}`, "bash", s.path("trap"), tsbox], { environment });
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.ok(!existsSync(mark), existsSync(mark) ? s.read(mark) : "");
  });

  it("knows ids by their letters alone: no slash, no `..`, no control character (CVE-2026-92162, GHSA-45jq-5658-v38x)", async () => {
    const s = session();
    const tsbox = await findTsbox(s);
    mkdirSync(s.path(".var"), { recursive: true });
    for (const id of [
      "../../x",
      "org.example/../../x",
      "org..x",
      "org.example.A\n",
      "org.example.A\u0001",
      "org.example.%2e%2e",
      "org.example.*",
      "-org.example.A",
      "",
    ]) {
      const outcome = await s.run([tsbox, "run", "--", id]);
      assert.equal(outcome.status, OWN_FAILURE, JSON.stringify(id));
      for (const command of ["info", "override", "export"])
        assert.notEqual((await s.run([tsbox, command, "--", id])).status, 0, `${command} ${JSON.stringify(id)}`);
    }
    const found = await s.run(["find", s.home, "-name", "*foreign*"]);
    assert.equal(found.stdout, "");
  });
});
