// The order of grants and the construction that keeps guarded places in place.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Operation } from "../../launcher/plan/door.ts";
import { type FakeRun, goodPlanOf, GUARDED_HOME, noticesOf, planOf, type Tree } from "./fake-host.ts";

/** `ACCESS PATH` of every mount below the home, in order. */
function mounts(run: FakeRun, below = "/home/ada"): readonly string[] {
  return goodPlanOf(run).operations.flatMap((operation) => {
    if (!operation.to.startsWith(`${below}/`) && operation.to !== below) return [];
    if (operation.kind === "bind") return [`${operation.access} ${operation.to}`];
    return operation.kind === "directory" || operation.kind === "symlink" || operation.kind === "remount-ro" ? [] : [`${operation.kind} ${operation.to}`];
  });
}

const home = (extra: Tree = {}): Tree => ({ ...GUARDED_HOME, ...extra });

describe("the order of grants", () => {
  it("lets the deeper entry win, whatever the order in the manifest", () => {
    const tree = home({ "/home/ada/a/b/c": "directory" });
    for (const filesystems of [
      ["~/a:ro", "!~/a/b", "~/a/b/c"],
      ["~/a/b/c", "!~/a/b", "~/a:ro"],
    ]) {
      assert.deepEqual(mounts({ tree, words: { filesystems } }, "/home/ada/a"), ["ro /home/ada/a", "tmpfs /home/ada/a/b", "rw /home/ada/a/b/c"]);
    }
  });

  it("takes the higher of two grants of the same place that are reached by different words", () => {
    assert.deepEqual(mounts({ tree: home(), words: { filesystems: ["xdg-music:ro", "~/Music"] } }, "/home/ada/Music"), ["rw /home/ada/Music"]);
  });

  it("binds every parent before its children, in every space", () => {
    const { operations } = goodPlanOf({ tree: home({ "/srv": "root:directory" }), words: { filesystems: ["host", "!~/Documents"] } });
    const binds = operations.filter(
      (operation) => operation.kind === "bind" && (operation.to.startsWith("/home") || operation.to.startsWith("/run/host/root")),
    );
    binds.forEach((operation, index) => {
      for (const later of binds.slice(index + 1)) assert.ok(!operation.to.startsWith(`${later.to}/`), `${operation.to} before ${later.to}`);
    });
  });

  it("follows a link to what it names, and makes the link inside", () => {
    const { operations } = goodPlanOf({ tree: home({ "/home/ada/work": "-> /data/work", "/data/work": "directory" }), words: { filesystems: ["~/work"] } });
    assert.ok(operations.some((one) => one.kind === "bind" && one.to === "/data/work" && one.access === "rw"));
    assert.ok(operations.some((one) => one.kind === "symlink" && one.to === "/home/ada/work" && one.target === "/data/work"));
  });

  it("ends at a loop of links as at something absent", () => {
    assert.deepEqual(mounts({ tree: home({ "/home/ada/loop": "-> loop" }), words: { filesystems: ["~/loop"] } }, "/home/ada/loop"), []);
  });

  it("gives nothing for a reserved place that a link leads to, and says so", () => {
    const result = planOf({ tree: home({ "/home/ada/sneak": "-> /etc" }), words: { filesystems: ["~/sneak"] } });
    assert.ok(result.ok && result.notices.some(({ key, values }) => key === "plan.reserved" && values["reserved"] === "/etc"));
    assert.ok(!result.value.operations.some((one) => one.kind === "bind" && one.to === "/etc"));
  });
});

describe("links that the app could have made itself", () => {
  const moved = Object.entries(home()).map(([path, what]) => [path.replace("/home/ada/.config", "/home/ada/dots"), what]);
  const tree: Tree = {
    ...Object.fromEntries(moved),
    "/home/ada/Music": "-> /data/music",
    "/data/music": "directory",
    "/home/ada/.config": "-> dots",
    "/home/ada/dots/app": "directory",
  };

  it("are not followed by a grant, and the line says so", () => {
    const result = planOf({ tree, words: { filesystems: ["home", "xdg-music"] } });
    assert.ok(result.ok && result.notices.some(({ key, values }) => key === "plan.planted-link" && values["target"] === "/data/music"));
    assert.ok(!result.value.operations.some(({ to }) => to === "/data/music"));
  });

  it("are followed where the app cannot write, and where a guard holds them", () => {
    assert.ok(goodPlanOf({ tree, words: { filesystems: ["home:ro", "xdg-music"] } }).operations.some(({ to }) => to === "/data/music"));
    const inside = "/home/ada/.var/app/org.example.App/config/app";
    assert.ok(goodPlanOf({ tree, words: { filesystems: ["home", "xdg-config/app"] } }).operations.some(({ to }) => to === inside));
  });
});

describe("protected places below a writable grant", () => {
  it("are covered, and every folder up to the grant is mounted onto itself", () => {
    const all = mounts({ tree: home(), words: { filesystems: ["home"] } });
    for (const line of [
      "rw /home/ada",
      "rw /home/ada/.local",
      "rw /home/ada/.local/share",
      "tmpfs /home/ada/.local/share/tsbox",
      "rw /home/ada/.config",
      "tmpfs /home/ada/.config/tsbox",
    ])
      assert.ok(all.includes(line), line);
    assert.ok(all.indexOf("rw /home/ada/.local/share") < all.indexOf("tmpfs /home/ada/.local/share/tsbox"));
  });

  it("need no construction where nothing writable reaches them", () => {
    assert.deepEqual(mounts({ tree: home(), words: { filesystems: ["xdg-music"] } }), ["rw /home/ada/.var/app/org.example.App", "rw /home/ada/Music"]);
  });

  it("are covered below every grant that is a parent: ~/.local and xdg-data alike", () => {
    for (const location of ["~/.local", "xdg-data"])
      assert.ok(mounts({ tree: home(), words: { filesystems: [location] } }).includes("tmpfs /home/ada/.local/share/tsbox"), location);
  });

  it("are covered a second time where the host's tree is repeated", () => {
    const all = mounts({ tree: home(), words: { filesystems: ["host-root"] } }, "/run/host/root");
    assert.ok(all.includes("tmpfs /run/host/root/home/ada/.local/share/tsbox"));
    assert.ok(all.includes("tmpfs /run/host/root/run"));
  });

  it("are covered a second time where an xdg folder appears in the app's private one", () => {
    const tree = home({ "/home/ada/.config/sub/nest": "directory", "/home/ada/.config/sub": "directory" });
    const installation = mounts({ tree, words: { filesystems: ["xdg-config/sub", "!~/.config/sub/nest"] } }, "/home/ada/.var/app/org.example.App/config");
    assert.deepEqual(installation, ["rw /home/ada/.var/app/org.example.App/config/sub", "tmpfs /home/ada/.var/app/org.example.App/config/sub/nest"]);
  });

  it("hold each link on the way, wherever the link leads", () => {
    const tree = Object.fromEntries(Object.entries(home()).map(([path, what]) => [path.replace("/home/ada/.local/share", "/data/share"), what]));
    const operations = goodPlanOf({ tree: { ...tree, "/home/ada/.local/share": "-> /data/share" }, words: { filesystems: ["home"] } }).operations;
    const held = operations.find((one): one is Operation & { kind: "link-bind" } => one.kind === "link-bind");
    assert.equal(held?.to, "/home/ada/.local/share");
    assert.ok(
      operations.some((one) => one.kind === "bind" && one.to === "/home/ada/.local" && one.access === "rw"),
      "the folder of the link is held as well",
    );
  });

  it("stop the start where one is missing and the app could write it first", () => {
    const result = planOf({ tree: home({ "/home/ada/.local/share/tsbox": "absent" }), words: { filesystems: ["home"] } });
    assert.ok(!result.ok && result.problems.some(({ key, values }) => key === "plan.protected-missing" && values["path"] === "/home/ada/.local/share/tsbox"));
  });

  it("do not stop the start where one is missing in a folder that the caller cannot write", () => {
    const tree = home({ "/home/ada/.local/share/tsbox": "absent", "/home/ada/.local/share": "root:directory" });
    assert.ok(planOf({ tree, words: { filesystems: ["home"] } }).ok);
  });

  it("are not given by name either: unseen ones not at all, others read-only", () => {
    const result = planOf({ tree: home(), words: { filesystems: ["xdg-data/tsbox:ro", "xdg-data/applications"] } });
    assert.ok(result.ok);
    assert.deepEqual(
      result.notices.map(({ key }) => key),
      ["plan.protected", "plan.protected-read-only"],
    );
    assert.ok(!result.value.operations.some(({ to }) => to.endsWith("/tsbox") && to !== "/run/tsbox"));
  });

  it("hide the data of other apps, and show the app's own", () => {
    const all = mounts({ tree: home({ "/home/ada/.var/app/org.example.Other": "directory" }), words: { filesystems: ["home"] } }, "/home/ada/.var");
    assert.deepEqual(all, ["rw /home/ada/.var", "tmpfs /home/ada/.var/app", "rw /home/ada/.var/app/org.example.App"]);
  });

  it("are held at the default places too, where the caller's variables name others", () => {
    const tree = home({
      "/home/ada/d/tsbox": "directory",
      "/home/ada/d/flatpak": "directory",
      "/home/ada/d/applications": "directory",
      "/home/ada/d/dbus-1": "directory",
    });
    const all = mounts({ tree, caller: { dataHome: "/home/ada/d" }, words: { filesystems: ["home"] } });
    for (const line of ["tmpfs /home/ada/d/tsbox", "tmpfs /home/ada/.local/share/tsbox"]) assert.ok(all.includes(line), line);
  });

  it("hold the link by which a shell finds the program", () => {
    const tree = home({ "/home/ada/.npm/bin/tsbox": "-> ../lib/tsbox", "/home/ada/.npm/lib/tsbox": "file" });
    const all = mounts({ tree, environment: { PATH: "/home/ada/.npm/bin:/usr/bin" }, words: { filesystems: ["home"] } }, "/home/ada/.npm");
    assert.deepEqual(all, [
      "rw /home/ada/.npm",
      "rw /home/ada/.npm/bin",
      "link-bind /home/ada/.npm/bin/tsbox",
      "rw /home/ada/.npm/lib",
      "ro /home/ada/.npm/lib/tsbox",
    ]);
  });

  it("hold the program itself where it lies in the home", () => {
    const tree = home({ "/home/ada/.npm-global/lib/node_modules/tsbox/bin/tsbox": "file" });
    const run: FakeRun = { tree, words: { filesystems: ["home"] } };
    const installation = {
      folder: "/home/ada/.npm-global/lib/node_modules/tsbox",
      binary: "/home/ada/.npm-global/lib/node_modules/tsbox/bin/tsbox",
      node: "/usr/bin/node",
    };
    const all = mounts({ ...run, installation }, "/home/ada/.npm-global");
    assert.deepEqual(all.slice(0, 3), ["rw /home/ada/.npm-global", "rw /home/ada/.npm-global/lib", "rw /home/ada/.npm-global/lib/node_modules"]);
    assert.ok(all.includes("ro /home/ada/.npm-global/lib/node_modules/tsbox"));
  });
});

describe("the login set", () => {
  it("is read-only below a writable home", () => {
    const all = mounts({ tree: home(), words: { filesystems: ["home"] } });
    for (const line of ["ro /home/ada/.bashrc", "ro /home/ada/.config/autostart", "ro /home/ada/.ssh"]) assert.ok(all.includes(line), line);
  });

  it("is writable with home:rw-all, the protected places are not", () => {
    const all = mounts({ tree: home(), words: { filesystems: ["home-all"] } });
    assert.ok(!all.some((line) => line.includes(".bashrc") || line.includes("autostart")));
    assert.ok(all.includes("tmpfs /home/ada/.local/share/tsbox"));
  });

  it("gives way to a grant of the place itself", () => {
    const all = mounts({ tree: home(), words: { filesystems: ["home", "xdg-config/autostart"] } });
    assert.ok(all.includes("rw /home/ada/.config/autostart"));
  });

  it("does not give way to a link that another app could have made", () => {
    const tree = home({
      "/home/ada/Games": "-> .ssh",
      "/home/ada/.vim": "-> dotfiles/vim",
      "/home/ada/dotfiles/vim": "directory",
      "/media/vim": "-> ../home/ada/dotfiles/vim",
    });
    assert.ok(mounts({ tree, words: { filesystems: ["home", "~/Games"] } }).includes("ro /home/ada/.ssh"));
    // Where this app itself could not have made it.
    const linked = { tree, words: { filesystems: ["~/Games"] } };
    assert.deepEqual(noticesOf(linked), ["plan.login-link"]);
    assert.deepEqual(
      mounts(linked).filter((line) => line.includes(".ssh")),
      [],
    );
    // By its own name, and by the name of what the user's own link leads to, it is given.
    for (const word of ["~/.vim", "~/dotfiles/vim"]) {
      assert.ok(mounts({ tree, words: { filesystems: ["home:ro", word] } }).includes("rw /home/ada/dotfiles/vim"), word);
    }
  });

  it("holds whatever folder of the home is in the PATH, and no folder above the home", () => {
    const run = {
      tree: home({ "/home/ada/go/bin": "directory", "/home/ada/zsh": "directory" }),
      environment: { PATH: "/home/ada/go/bin/:/home:/home/ada:/usr/bin:/home/ada/../x:.", ZDOTDIR: "/home/ada/zsh", ENV: "/home/ada" },
      words: { filesystems: ["home"] },
    };
    const all = mounts(run);
    assert.ok(all.includes("rw /home/ada/go") && all.includes("ro /home/ada/go/bin"));
    assert.ok(all.includes("ro /home/ada/zsh"), "what ZDOTDIR names");
    assert.equal(all[0], "rw /home/ada");
  });

  it("is told as a lower level where a missing entry could be written first", () => {
    const { lowerLevels } = goodPlanOf({ tree: home(), words: { filesystems: ["home"] } });
    assert.match(lowerLevels.find(({ name }) => name === "login-set-incomplete")?.because.reason ?? "", /\.xsession/);
  });
});

describe("a denial", () => {
  it("covers a single file, and holds the folders above it", () => {
    const tree = home({ "/home/ada/keys/secret": "file" });
    assert.deepEqual(mounts({ tree, words: { filesystems: ["home", "!~/keys/secret"] } }, "/home/ada/keys"), [
      "rw /home/ada/keys",
      "data /home/ada/keys/secret",
    ]);
  });

  it("needs no held folders below a read-only grant", () => {
    const tree = home({ "/home/ada/keys/secret": "file" });
    assert.deepEqual(mounts({ tree, words: { filesystems: ["home:ro", "!~/keys/secret"] } }, "/home/ada/keys"), ["data /home/ada/keys/secret"]);
  });

  it("of a place that nothing shows leaves an empty folder", () => {
    const { operations } = goodPlanOf({ tree: home(), words: { filesystems: ["!~/Documents"] } });
    assert.ok(operations.some((one) => one.kind === "directory" && one.to === "/home/ada/Documents"));
  });
});

describe("a denial and a grant of one place by different words", () => {
  const documents = (words: FakeRun["words"]) => mounts({ tree: home(), words: { filesystems: ["home"], ...words } }, "/home/ada/Documents");

  it("leave it to the higher layer, whichever of the words it uses", () => {
    assert.deepEqual(documents({ filesystems: ["home", "~/Documents"], givenFilesystems: ["!xdg-documents"] }), ["tmpfs /home/ada/Documents"]);
    assert.deepEqual(documents({ filesystems: ["home", "xdg-documents"], givenFilesystems: ["!~/Documents"] }), ["tmpfs /home/ada/Documents"]);
    assert.deepEqual(documents({ filesystems: ["home", "~/Documents"], givenFilesystems: ["xdg-documents:ro"] }), ["ro /home/ada/Documents"]);
    assert.deepEqual(documents({ filesystems: ["~/Documents"], givenFilesystems: ["!xdg-documents"] }), ["tmpfs /home/ada/Documents"]);
    assert.deepEqual(documents({ filesystems: ["home", "!~/Documents"], givenFilesystems: ["xdg-documents"] }), ["rw /home/ada/Documents"]);
  });

  it("stay a grant within one layer, as with Flatpak", () => {
    assert.deepEqual(documents({ filesystems: ["home", "!xdg-documents", "~/Documents"] }), ["rw /home/ada/Documents"]);
  });
});

describe("a read-only grant inside a writable one", () => {
  it("holds the folders above it, so that nothing else can take its place", () => {
    const tree = home({ "/home/ada/a/b": "directory" });
    assert.deepEqual(mounts({ tree, words: { filesystems: ["home", "~/a/b:ro"] } }, "/home/ada/a"), ["rw /home/ada/a", "ro /home/ada/a/b"]);
  });
});
