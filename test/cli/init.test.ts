import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { initCommand } from "../../launcher/cli/init.ts";
import { LIBRARY_HINTS } from "../../launcher/draft/libraries.ts";
import { parseManifest } from "../../launcher/manifest/parse-manifest.ts";
import { type LookingHome, withLookingHome } from "./looking-run.ts";

const inHome = (work: (home: LookingHome) => Promise<void>) => (): Promise<void> => withLookingHome(() => initCommand, work);

interface Drafted {
  readonly manifest: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly lines: readonly { readonly line: number; readonly text: string; readonly verdict: string; readonly reason: string }[];
}

async function drafted(home: LookingHome, ...argv: readonly string[]): Promise<Drafted> {
  const ran = await home.run("--json", ...argv);
  assert.equal(ran.status, 0, ran.errors);
  const draft = JSON.parse(ran.output) as Drafted;
  const bytes = new TextEncoder().encode(draft.manifest);
  const parsed = parseManifest({ file: "/draft.ini", bytes, from: "tsbox", expectedId: null, programFolder: null });
  assert.ok(parsed.ok && parsed.notices.length === 0, JSON.stringify(parsed));
  return draft;
}

function verdictOf(draft: Drafted, text: string): string {
  return draft.lines.find((line) => line.text === text)?.verdict ?? "absent";
}

const PROFILE = `# a profile
include player.local
include globals.inc
noblacklist \${HOME}/.player
noblacklist \${MUSIC}
whitelist \${HOME}/Mixes
whitelist \${HOME}/.config/player
read-only \${HOME}/Mixes
ignore nosound
nosound
caps.drop all
net none
protocol unix,inet
seccomp
seccomp !chroot
private-bin player,sh
private-dev
blacklist /usr/share/secret
dbus-user filter
dbus-user.talk org.freedesktop.secrets
?ALLOW_TRAY: dbus-user.talk org.kde.StatusNotifierWatcher
?HAS_APPIMAGE: ignore noexec /tmp
no-such-word here
`;

test(
  "a profile of Firejail's becomes what it leaves open, and each line that is lost is told with its place",
  inHome(async (home) => {
    home.write("player.profile", PROFILE);
    home.write("globals.inc", `blacklist \${HOME}/.ssh\nblacklist /usr/bin/sudo\n`);
    const draft = await drafted(home, "--id=org.example.Player", "./player.profile");
    assert.match(draft.manifest, /^persistent=\.player;$/m);
    assert.match(draft.manifest, /^filesystems=xdg-music;~\/Mixes;$/m);
    assert.match(draft.manifest, /^sockets=wayland;fallback-x11;pulseaudio;$/m, "`ignore nosound` leaves sound open");
    assert.doesNotMatch(draft.manifest, /network/, "`net none`");
    assert.match(draft.manifest, /^org\.freedesktop\.secrets=talk$/m);
    assert.match(draft.manifest, /^org\.kde\.StatusNotifierWatcher=talk$/m);
    for (const [text, verdict] of [
      ["include player.local", "needless"],
      [`whitelist \${HOME}/.config/player`, "needless"],
      ["caps.drop all", "needless"],
      ["seccomp", "needless"],
      ["seccomp !chroot", "inexpressible"],
      ["private-bin player,sh", "inexpressible"],
      ["blacklist /usr/share/secret", "inexpressible"],
      [`blacklist \${HOME}/.ssh`, "needless"],
      ["no-such-word here", "inexpressible"],
    ] as const)
      assert.equal(verdictOf(draft, text), verdict, text);
    const plain = await home.run("--id=org.example.Player", "./player.profile");
    assert.match(plain.errors, /\/home\/u\/player\.profile:16: `private-bin player,sh` is not expressed: /);
    assert.match(plain.errors, /1 lines of `\/home\/u\/globals\.inc` are not expressed/);
  }),
);

test(
  "a profile cannot grant the whole home, and a word that is no line of its own grants nothing",
  inHome(async (home) => {
    home.write("all.profile", `whitelist \${HOME}\nnoblacklist \${HOME}/*\nwhitelist \${RUNUSER}/pulse/native\ndbus-user.talk not a name\n`);
    const draft = await drafted(home, "--id=org.example.All", "./all.profile");
    assert.doesNotMatch(draft.manifest, /filesystems=.*(home|~)/);
    assert.equal(verdictOf(draft, `whitelist \${HOME}`), "inexpressible");
    assert.equal(verdictOf(draft, "dbus-user.talk not a name"), "inexpressible");
  }),
);

const FINISH_ARGS = ["--share=network", "--socket=fallback-x11", "--filesystem=xdg-documents:ro", "--talk-name=org.example.Named", "--no-such=thing"];

test(
  "a build manifest of Flathub's, as JSON with comments and as YAML, keeps its finish-args",
  inHome(async (home) => {
    home.write(
      "app.json",
      `{ /* a comment */\n  "app-id": "org.example.Json", "command": "app",\n  // another\n  "finish-args": ${JSON.stringify(FINISH_ARGS)}, "modules": [] }\n`,
    );
    home.write("app.yml", `app-id: org.example.Yaml\ncommand: app\nfinish-args:\n${FINISH_ARGS.map((option) => `  - ${option}\n`).join("")}modules: []\n`);
    for (const [file, id] of [
      ["./app.json", "org.example.Json"],
      ["./app.yml", "org.example.Yaml"],
    ] as const) {
      const draft = await drafted(home, file);
      assert.match(draft.manifest, new RegExp(`^name=${id}\ncommand=app$`, "m"));
      for (const line of [/^shared=network;$/m, /^sockets=fallback-x11;$/m, /^filesystems=xdg-documents:ro;$/m, /^org\.example\.Named=talk$/m])
        assert.match(draft.manifest, line);
      assert.equal(verdictOf(draft, "--no-such=thing"), "inexpressible");
      assert.equal(verdictOf(draft, "modules"), "needless");
    }
  }),
);

test(
  "Flatpak's metadata keeps its words, and its runtime becomes the host's",
  inHome(async (home) => {
    home.write(
      "metadata",
      "[Application]\nname=org.example.Meta\nruntime=org.gnome.Platform/x86_64/48\ncommand=meta\n[Context]\nshared=network;!ipc;\nfilesystems=~/x:ro;\n[Environment]\nA=b\n",
    );
    const draft = await drafted(home, "./metadata");
    for (const line of [/^name=org\.example\.Meta$/m, /^shared=!?/m, /^filesystems=~\/x:ro;$/m, /^A=b$/m]) assert.match(draft.manifest, line);
    assert.doesNotMatch(draft.manifest, /^runtime=/m);
  }),
);

test(
  "Bubblejail's services become their words",
  inHome(async (home) => {
    home.write(
      "services.toml",
      '[common]\nexecutable_name = "player"\n[wayland]\n[pulse_audio]\n[home_share]\nhome_paths = ["Music"]\n[v4l]\n[debug]\nraw_bwrap_args = ["--dev", "/dev"]\n',
    );
    const draft = await drafted(home, "--id=org.example.Bubble", "./services.toml");
    assert.match(draft.manifest, /^command=player$/m);
    assert.match(draft.manifest, /^sockets=wayland;pulseaudio;$/m);
    assert.match(draft.manifest, /^filesystems=~\/Music;$/m);
    assert.equal(verdictOf(draft, "raw_bwrap_args="), "inexpressible");
  }),
);

test(
  "names of a source that JavaScript or a pattern would take for something are names",
  inHome(async (home) => {
    home.write("odd.toml", '[common]\nexecutable_name = "player"\n["con(structor"]\n"a((" = true\n[constructor]\n"(.*)*x" = 1\n[wayland]\n');
    const odd = await drafted(home, "--id=org.example.Odd", "./odd.toml");
    assert.equal(verdictOf(odd, "[con(structor]"), "inexpressible");
    assert.deepEqual(
      odd.lines.filter(({ text }) => text === "[constructor]").map(({ line, verdict }) => ({ line, verdict })),
      [{ line: 5, verdict: "inexpressible" }],
    );
    assert.match(odd.manifest, /^sockets=wayland;$/m);
    home.write("odd.profile", "constructor x\ntoString\n__proto__ y\nhasOwnProperty caps\nnosound\n");
    const profile = await drafted(home, "--id=org.example.Odd", "./odd.profile");
    for (const line of ["constructor x", "toString", "__proto__ y", "hasOwnProperty caps"]) assert.equal(verdictOf(profile, line), "inexpressible", line);
  }),
);

test(
  "a docker line gives its places, devices and network, and tells what it would open",
  inHome(async (home) => {
    const line =
      "docker run -it --rm --net=none -v /tmp/.X11-unix:/tmp/.X11-unix -e DISPLAY=:0 -e KEY=value -v ~/Videos:/v:ro -v /:/host --device=/dev/dri --privileged image/player:1 --full";
    const draft = await drafted(home, "--id=org.example.Dock", line);
    assert.match(draft.manifest, /^command=player$/m);
    assert.match(draft.manifest, /^sockets=x11;$/m);
    assert.match(draft.manifest, /^filesystems=~\/Videos:ro;$/m);
    assert.match(draft.manifest, /^devices=dri;$/m);
    assert.match(draft.manifest, /^KEY=value$/m);
    assert.doesNotMatch(draft.manifest, /network/);
    assert.equal(verdictOf(draft, "--privileged"), "inexpressible");
    assert.equal(verdictOf(draft, "-v /:/host"), "inexpressible");
  }),
);

test(
  "what is no source is refused, and an id of the desktop's is not taken",
  inHome(async (home) => {
    home.write("broken.yml", "a: [");
    for (const argv of [["./broken.yml"], ["no-such-program-here"], ["--from=snap", "true"], ["true", "--json"], ["--id=org.freedesktop.X", "true"]]) {
      const ran = await home.run(...argv);
      assert.equal(ran.status, 125, argv.join(" "));
      assert.match(ran.errors, /^tsbox: /);
    }
  }),
);

test("escapes of a hostile source reach the manifest's file as they are, and a terminal as text", async () => {
  const hostile = '{ "app-id": "org.example.Evil", "command": "app\\u001b]0;title\\u0007\\u009b2J\\u202e", "finish-args": ["--env=A=\\u001b[2J"] }';
  const obeyed = /[^\P{Cc}\n]|\u202e/u;
  for (const stdoutIsTerminal of [false, true])
    await withLookingHome(
      () => initCommand,
      async (home) => {
        home.write("evil.json", hostile);
        for (const words of [[], ["--list"], ["--json"]]) {
          const ran = await home.run(...words, "./evil.json");
          assert.equal(ran.status, 0, ran.errors);
          if (stdoutIsTerminal) assert.doesNotMatch(ran.output, obeyed, words.join(" "));
          if (words.length === 0) assert.ok(ran.output.includes(stdoutIsTerminal ? "\nA=\\x1b[2J\n" : "\nA=\u001b[2J\n"), ran.output);
        }
      },
      { stdoutIsTerminal },
    );
});

test(
  "a program that is not there is told as that, and a file that cannot be read as another thing",
  inHome(async (home) => {
    const absent = await home.run("no-such-program");
    assert.match(absent.errors, /^tsbox: no program is called `no-such-program`, and no file lies at that path\nhint: a program is found in PATH/);
    assert.match((await home.run("--from=program", "no-such-program")).errors, /cannot be read as program/);
    assert.deepEqual([absent.status, absent.output], [125, ""]);
  }),
);

test(
  "a program that lies elsewhere is granted what it needs of that place, and is named by its whole path",
  inHome(async (home) => {
    home.write("envs/tool/pyvenv.cfg", "home = /usr/bin\n");
    home.write("envs/tool/bin/python3", "");
    home.write("envs/tool/bin/tool", `#!${home.path}/envs/tool/bin/python3\n`);
    home.write(".local/bin/plain", "#!/bin/sh\n");
    home.write(".local/apps/thing/thing", "#!/usr/bin/env python3\n");
    for (const file of ["envs/tool/bin/python3", "envs/tool/bin/tool", ".local/bin/plain", ".local/apps/thing/thing"]) chmodSync(`${home.path}/${file}`, 0o755);
    symlinkSync("../../envs/tool/bin/tool", `${home.path}/.local/bin/tool`);
    const granted = async (name: string): Promise<readonly (string | undefined)[]> => {
      const { manifest } = await drafted(home, `${home.path}/${name}`);
      assert.match(manifest, new RegExp(`^command=/home/u/${name}$`, "m"));
      return [/^filesystems=(.*)$/m.exec(manifest)?.[1]];
    };
    assert.deepEqual(await granted(".local/bin/tool"), ["~/.local/bin/tool:ro;~/envs/tool:ro;"]);
    assert.deepEqual(await granted(".local/bin/plain"), ["~/.local/bin/plain:ro;"], "not what lies beside it");
    assert.deepEqual(await granted(".local/apps/thing/thing"), ["~/.local/apps/thing:ro;"]);
  }),
);

test("a program that draws by X11 alone asks for no Wayland, which would take X11 away from it where there is one", () => {
  const asked = (library: string): readonly string[] => LIBRARY_HINTS.filter((hint) => hint.library.test(library)).flatMap(({ options }) => options);
  for (const library of ["libgtk-x11-2.0.so.0", "libgdk-x11-2.0.so.0", "libX11.so.6", "libSDL-1.2.so.0", "libfltk.so.1.3"])
    assert.deepEqual(asked(library), ["--socket=fallback-x11", "--share=ipc"], library);
  for (const library of ["libgtk-3.so.0", "libgtk-4.so.1", "libQt5Widgets.so.5", "libSDL2-2.0.so.0"]) {
    assert.ok(asked(library).includes("--socket=wayland"), library);
    assert.ok(asked(library).includes("--socket=fallback-x11"), library);
  }
});
