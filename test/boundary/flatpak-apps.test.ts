// Apps that Flatpak installed, run unchanged: what they see inside is what `flatpak run` shows them, but for a list of differences.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { before, describe, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { startBus } from "../support/bus.ts";
import { ARCH, type FlatpakWorld, installTestApp, openFlatpak, TEST_APP, TEST_PLATFORM } from "../support/flatpak.ts";
import { parseMountinfo } from "../support/probe.ts";
import { waitFor } from "../support/process.ts";
import { expectSuccess, findTsbox } from "../support/sandbox.ts";

const CONTEXT = "[Context]\nshared=ipc;\nfilesystems=~/granted;~/read:ro;\npersistent=.kept;\n[Session Bus Policy]\norg.example.Named=talk\n";

/** What only `flatpak run` shows, and why. A place stands for all below it. */
const ONLY_FLATPAK: Readonly<Record<string, string>> = {
  "/run/.userns": "the outer user namespace: for `flatpak enter`, and for an app that wants out",
  "/run/flatpak/.flatpak": "the instance's folder: our portals do not ask the app for it",
  "/run/flatpak/app": "a folder shared with the host: for sockets that nothing here makes",
  "/run/flatpak/per-app-dirs-ref": "a lock on folders that instances share: ours share none",
  "/etc/pkcs11/modules/p11-kit-trust.module": "the host's trust store by a service of Flatpak's own",
  "/run/flatpak/p11-kit": "the same",
  "/run/flatpak/bus": "the socket of a proxy: ours is bound inside and has no place on the host",
  "/run/flatpak/at-spi-bus": "the same",
  "/run/host/monitor": "name files of the host, kept current: ours are data, and only with the network",
  "/run/user": "shared by all instances: ours is of one",
  "/sys": "the host's: with a network of its own an app sees its own",
  "/tmp": "shared by all instances: ours is of one",
};
const ONLY_OURS: Readonly<Record<string, string>> = {
  "/etc/hosts": "data of the sandbox: Flatpak's are links into /run/host/monitor",
  "/etc/nsswitch.conf": "names come from files and the name server alone",
  "/proc": "parts of it are read-only by mounts of their own",
  "/run/tsbox/init": "pid 1",
  "/run/tsbox/mqueue": "the host's message queues, where it has them mounted and they are shared: for Landlock's rule on them",
  "/sys": "a fresh one, parts of it covered",
  "/home": "granted folders are guarded against renames",
};
const DIFFERENT_VARIABLES = ["FLATPAK_SANDBOX_DIR", "PS1", "DBUS_SYSTEM_BUS_ADDRESS", "NO_AT_BRIDGE", "GTK_A11Y", "FLATPAK_USER_DIR"];

inOrdinarySession("an app that Flatpak installed", (session) => {
  let world: FlatpakWorld;
  let tsbox: string;
  before(async () => {
    await startBus(session());
    world = await openFlatpak(session());
    session().write("granted/file", "granted\n");
    session().write("read/file", "read\n");
    session().write("hidden/file", "hidden\n");
    await installTestApp(session(), world, CONTEXT);
    tsbox = await findTsbox(session());
  });
  const run = (...argv: string[]) => session().run([tsbox, "run", ...argv]);
  const ours = async (script: string, ...options: string[]): Promise<string> => expectSuccess(await run(...options, "--command=sh", TEST_APP, "-c", script));
  const theirs = async (script: string, ...options: string[]): Promise<string> =>
    expectSuccess(await world.flatpak(["run", ...options, "--command=sh", TEST_APP, "-c", script]));
  const both = async (script: string, ...options: string[]): Promise<readonly [string, string]> => [
    await theirs(script, ...options),
    await ours(script, ...options),
  ];

  describe("shows the same", () => {
    it("mounts, from the same places, writable alike", async () => {
      const [theirMounts, ourMounts] = (await both("cat /proc/self/mountinfo")).map(
        (text) =>
          new Map(
            parseMountinfo(text)
              .filter(({ target }) => target !== "/")
              // Data and empty folders come from nowhere, and are named after it.
              .map(({ target, root, type, options }) => [
                target,
                `${type === "tmpfs" || root.endsWith("//deleted") ? "" : root} ${options.includes("ro") ? "ro" : "rw"}`,
              ]),
          ),
      ) as [Map<string, string>, Map<string, string>];
      const missing = (one: Map<string, string>, other: Map<string, string>, known: Readonly<Record<string, string>>): string[] =>
        [...one.keys()].filter((target) => !other.has(target) && !Object.keys(known).some((place) => target === place || target.startsWith(`${place}/`)));
      assert.deepEqual(missing(theirMounts, ourMounts, ONLY_FLATPAK), [], "only under Flatpak");
      assert.deepEqual(missing(ourMounts, theirMounts, ONLY_OURS), [], "only here");
      for (const place of ["/usr", "/app", "/app/extras/Words", "/usr/lib/plugins/One", "/usr/share/runtime/locale", "/run/host/fonts", "/var/data"])
        assert.equal(ourMounts.get(place), theirMounts.get(place), place);
      for (const place of ["granted", "read", ".kept"].map((name) => session().path(name))) assert.equal(ourMounts.get(place), theirMounts.get(place), place);
    });

    it("variables, the runtime's below the app's", async () => {
      const [theirVariables, ourVariables] = (await both("env | sort")).map((text) =>
        text.split("\n").filter((line) => !DIFFERENT_VARIABLES.includes(line.split("=")[0] ?? "")),
      );
      assert.deepEqual(ourVariables, theirVariables);
      assert.ok(ourVariables?.includes("OF_THE_RUNTIME=yes") && ourVariables.includes("OF_BOTH=app"));
    });

    it("devices", async () => {
      const [their, our] = await both("ls /dev");
      assert.equal(our, their);
    });

    it("extensions of app and runtime, with merged folders, locales, and not those whose condition fails", async () => {
      const script =
        "cat /app/extras/Words/words /usr/share/runtime/locale/de/share/hello; cd /usr/lib/plugins/hooks; for f in *; do readlink $f; cat $f; done; ls -d /usr/lib/elsewhere; true";
      const [their, our] = await both(script);
      assert.equal(our, their);
      assert.match(our, /extra\nhallo\n.*\/One\/hooks\/both\none\n/);
    });

    it("the runtime's own /etc beside the sandbox's files", async () => {
      const [their, our] = await both("cat /etc/of-the-runtime; readlink /etc/linked /etc/localtime; cat /etc/timezone; ls -d /etc/xdg; cat /usr/etc/passwd");
      assert.equal(our, their);
      assert.match(await ours("cat /etc/passwd"), new RegExp(`^${session().account.name}:`));
    });

    it("in /.flatpak-info, but for what names the launcher", async () => {
      const [their, our] = (await both("cat /.flatpak-info")).map((text) =>
        text
          .split("\n")
          .filter((line) => !/^(instance-id|flatpak-version)=/.test(line))
          .map((line) =>
            line.replace(
              /^((app|runtime)-extensions)=(.*)$/,
              (_, key: string, _kind, value: string) => `${key}=${value.split(/;|\\;/).filter(Boolean).sort().join(";")}`,
            ),
          )
          .sort()
          .filter((line, index, all) => line !== "" && all.indexOf(line) === index),
      );
      assert.deepEqual(our, their);
    });
  });

  it("keeps its data where Flatpak's runs find it", async () => {
    await theirs('echo flatpak > "$XDG_DATA_HOME/note"; echo kept > ~/.kept/note');
    assert.equal(await ours('cat "$XDG_DATA_HOME/note" ~/.kept/note; echo tsbox >> "$XDG_DATA_HOME/note"'), "flatpak\nkept\n");
    assert.equal(await theirs('cat "$XDG_DATA_HOME/note"'), "flatpak\ntsbox\n");
  });

  it("cannot write its own files, nor see what is not granted", async () => {
    const refused =
      "touch /app/x 2>/dev/null && echo wrote; touch /usr/x 2>/dev/null && echo wrote; touch ~/read/x 2>/dev/null && echo wrote; cat ~/hidden/file 2>/dev/null; cat ~/granted/file";
    assert.deepEqual(await both(refused), ["granted\n", "granted\n"]);
    assert.equal(session().read("hidden/file"), "hidden\n");
  });

  it("obeys Flatpak's overrides, and tsbox's above them", async () => {
    expectSuccess(await world.flatpak(["override", "--user", "--nofilesystem=~/granted", "--filesystem=~/hidden:ro", "--env=OVER=flatpak", TEST_APP]));
    const script = "cat ~/granted/file ~/hidden/file 2>/dev/null; echo $OVER";
    assert.deepEqual(await both(script), ["hidden\nflatpak\n", "hidden\nflatpak\n"]);
    expectSuccess(await session().run([tsbox, "override", "--nofilesystem=~/hidden", TEST_APP]));
    assert.equal(await ours(script), "flatpak\n");
    expectSuccess(await session().run([tsbox, "override", "--reset", TEST_APP]));
    expectSuccess(await world.flatpak(["override", "--user", "--reset", TEST_APP]));
  });

  it("asks which one is meant where a manifest has the id too, remembers it, and lets neither open the other's data", async () => {
    const manifest = session().write(`.local/share/tsbox/manifests/${TEST_APP}.ini`, `[Application]\nname=${TEST_APP}\ncommand=sh\n`);
    session().write(`.local/state/tsbox/sources/${TEST_APP}`, "");
    const asked = await run("--command=sh", TEST_APP, "-c", "true");
    assert.equal(asked.status, 125);
    assert.match(asked.stderr, /is both the manifest .*\nhint: .*--from=host .*--from=flatpak/);
    const host = await run("--from=host", "--command=sh", TEST_APP, "-c", "true");
    assert.match(host.stderr, /belongs to the flatpak app of that id/);
    assert.equal(await ours("echo $OF_BOTH", "--from=flatpak"), "app\n");
    assert.equal(await ours("echo $OF_BOTH"), "app\n", "remembered");
    // Both at once: each instance has its own choice and its own data.
    const beside = (...options: string[]) =>
      run("--instance=beside", ...options, "--command=sh", TEST_APP, "-c", 'echo host$OF_BOTH; cat "$XDG_DATA_HOME/kept"; echo kept >"$XDG_DATA_HOME/kept"');
    assert.equal((await beside("--from=host")).stdout, "host\n");
    assert.equal((await beside()).stdout, "host\nkept\n", "remembered for this instance");
    assert.match((await beside("--from=flatpak")).stderr, /belongs to the host app of that id/);
    assert.equal(await ours("echo $OF_BOTH"), "app\n", "the app itself is the one that it was");
    rmSync(manifest);
  });

  it("counts of a system installation too, whose overrides count for its apps alone", async () => {
    const system = `${session().scratch}/system`;
    const environment = { FLATPAK_SYSTEM_DIR: system, FLATPAK_USER_DIR: session().makeFolder(`${session().scratch}/no-apps`) };
    expectSuccess(await session().run(["cp", "-a", session().path(".local/share/flatpak"), system]));
    session().write(`${system}/overrides/${TEST_APP}`, "[Environment]\nOF_THE_SYSTEM=yes\n");
    const script = ["--command=sh", TEST_APP, "-c", "echo $OF_BOTH $OF_THE_SYSTEM"];
    assert.equal(expectSuccess(await session().run([tsbox, "run", ...script], { environment })), "app yes\n");
    assert.equal(expectSuccess(await world.flatpak(["run", ...script], { environment })), "app yes\n");
    const both = { FLATPAK_SYSTEM_DIR: system };
    assert.equal(expectSuccess(await session().run([tsbox, "run", ...script], { environment: both })), "app\n", "the user's own comes first");
  });

  it("is given no folder of the user's by versions or places of extensions that climb out", async () => {
    const deployed = expectSuccess(await world.flatpak(["info", "--show-location", TEST_APP])).trim();
    const metadata = `${deployed}/metadata`;
    const text = session().read(metadata);
    const up = "../".repeat(40);
    const secret = session().makeFolder("climbed-to");
    session().write("climbed-to/secret", "secret\n");
    session().makeFolder(`${deployed}/files/climbed`);
    session().makeFolder(`.local/share/flatpak/extension/${TEST_APP}.Extra.Words/${ARCH}`);
    const points = [`version=${up}${secret.slice(1)}`, `versions=${up}${secret.slice(1)};`].map(
      (line, index) => `[Extension ${TEST_APP}.Extra.Words@${index}]\ndirectory=climbed\n${line}\n`,
    );
    session().write(metadata, `${text}\n${points.join("")}[Extension ${TEST_APP}.Extra@up]\ndirectory=../extras\n`);
    assert.equal(await ours("cat /app/climbed/secret 2>/dev/null; echo over"), "over\n");
    session().write(metadata, text);
  });

  it("cannot change what Flatpak installed, wherever its folder is", async () => {
    const elsewhere = session().makeFolder("granted/flatpak");
    session().write("granted/flatpak/overrides/global", "[Context]\n");
    const script = 'echo "[Context]" 2>/dev/null >> ~/granted/flatpak/overrides/global && echo wrote; touch ~/granted/mine && echo granted';
    const manifest = session().write(
      ".local/share/tsbox/manifests/org.example.Writer.ini",
      "[Application]\nname=org.example.Writer\ncommand=sh\n[Context]\nfilesystems=~/granted;\n",
    );
    const as = async (environment: Record<string, string>): Promise<string> =>
      expectSuccess(await session().run([tsbox, "run", "org.example.Writer", "-c", script], { environment }));
    assert.equal(await as({}), "wrote\ngranted\n", "an ordinary folder otherwise");
    assert.equal(await as({ FLATPAK_USER_DIR: elsewhere }), "granted\n");
    rmSync(manifest);
  });

  it("is listed, with Flatpak as its origin", async () => {
    const listed = JSON.parse(expectSuccess(await session().run([tsbox, "list", "--json"]))) as Record<string, string>[];
    assert.ok(
      listed.some((row) => Object.values(row).includes(TEST_APP) && Object.values(row).includes("flatpak")),
      JSON.stringify(listed),
    );
  });

  it("is started by its program's name too", async () => {
    assert.equal((await run("probe", "do", "true")).stderr.includes("no manifest"), false);
  });

  it("runs on the host's own /usr with --runtime=host", async () => {
    assert.equal(
      expectSuccess(await run("--runtime=host", "--command=/bin/sh", TEST_APP, "-c", "test -e /usr/bin/dpkg && test -e /app/share/of-the-app && echo host")),
      "host\n",
    );
  });

  it("is not removed by Flatpak while it runs", async () => {
    const app = session().start([tsbox, "run", "--command=sh", TEST_APP, "-c", "echo up; read go; cat /app/share/of-the-app"], { input: "pipe" });
    await waitFor("the app", () => app.stdout().includes("up"));
    expectSuccess(await world.flatpak(["uninstall", "--user", "-y", "--noninteractive", `app/${TEST_APP}/${ARCH}/1`]));
    app.write("go\n");
    assert.equal((await app.ended).stdout, "up\napp\n", "the files that it runs from are still there");
    await world.install(TEST_APP);
  });

  it("stops with the way out where its runtime is not installed", async () => {
    expectSuccess(await world.flatpak(["uninstall", "--user", "-y", "--noninteractive", "--force-remove", `runtime/${TEST_PLATFORM}/${ARCH}/1`]));
    const refused = await run(TEST_APP);
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /the runtime `org\.tsbox\.TestPlatform\/\w+\/1` is not installed\nhint: `flatpak install/);
    await world.install(`runtime/${TEST_PLATFORM}/${ARCH}/1`);
  });
});
