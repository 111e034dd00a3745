// Who calls: from the request and the passwd file, never from the environment of this process.
import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { describe, it } from "node:test";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { readCaller } from "../../launcher/host/door.ts";
import { parseUserFolders, userFolderVariable } from "../../launcher/host/user-folders.ts";

function request(environment: Readonly<Record<string, string>>, uid = process.getuid?.() ?? 0): FrontRequest {
  return {
    argv: [],
    cwd: "/",
    environment: new Map(Object.entries(environment)),
    standard: ["null", "null", "null"],
    descriptors: [],
    umask: 0o022,
    uid,
    gid: process.getgid?.() ?? 0,
    runtimeDirectory: "/run/user/1",
    runtimeDirectoryIsFallback: false,
    hostname: "desk",
  };
}

describe("the caller", () => {
  it("has the name of the passwd entry and the folders of the request", () => {
    const caller = readCaller(request({ HOME: "/home/x//y/", XDG_CONFIG_HOME: "/etc/mine", XDG_DATA_HOME: "relative", XDG_STATE_HOME: "/a/../b" }), null);
    assert.ok(caller.ok);
    const { userName, home, configHome, dataHome, stateHome } = caller.value;
    assert.deepEqual(
      [userName, home, configHome, dataHome, stateHome],
      [userInfo().username, "/home/x/y", "/etc/mine", "/home/x/y/.local/share", "/home/x/y/.local/state"],
    );
  });

  it("falls back to the passwd entry's home, and refuses where there is none", () => {
    const plain = readCaller(request({}), null);
    assert.ok(plain.ok && plain.value.home === userInfo().homedir);
    const unknown = readCaller(request({ HOME: "/" }, 4_000_000), null);
    assert.ok(!unknown.ok && unknown.problems[0]?.key === "host.no-home");
  });

  it("is a number where the passwd file does not know it", () => {
    const caller = readCaller(request({ HOME: "/home/x" }, 4_000_000), null);
    assert.ok(caller.ok && caller.value.userName === "4000000");
  });
});

describe("user-dirs.dirs", () => {
  it("names folders below the home and absolute ones, and leaves out those that are switched off", () => {
    const text =
      '# comment\nXDG_MUSIC_DIR="$HOME/Musik"\nXDG_VIDEOS_DIR="/data/v/"\nXDG_DOCUMENTS_DIR="$HOME/"\nXDG_DESKTOP_DIR="$HOME"\nXDG_TEMPLATES_DIR="relative"\nXDG_OTHER_DIR="$HOME/o"\nXDG_PICTURES_DIR="$HOME/../x"\n';
    assert.deepEqual(
      [...parseUserFolders(text, "/home/ada")],
      [
        ["xdg-music", "/home/ada/Musik"],
        ["xdg-videos", "/data/v"],
      ],
    );
  });

  it("leaves out the home under another name, and what is above it", () => {
    const text = 'XDG_MUSIC_DIR="$HOME/."\nXDG_VIDEOS_DIR="/home"\nXDG_DOCUMENTS_DIR="/"\nXDG_DESKTOP_DIR="/home/./ada//"\n';
    assert.deepEqual([...parseUserFolders(text, "/home/ada")], []);
  });

  it("knows the desktop alone where there is no file", () => {
    assert.deepEqual([...parseUserFolders("", "/home/ada")], [["xdg-desktop", "/home/ada/Desktop"]]);
  });

  it("knows the variable of each word", () => {
    assert.deepEqual([userFolderVariable("xdg-public-share/new"), userFolderVariable("xdg-run")], ["XDG_PUBLICSHARE_DIR", ""]);
  });
});
