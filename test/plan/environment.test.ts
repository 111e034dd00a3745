// Which variables the app sees, and who decides.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodPlanOf } from "./fake-host.ts";

const variableOf = (plan: ReturnType<typeof goodPlanOf>, name: string): string | undefined => plan.environment.set.get(name)?.value;

describe("the app's environment", () => {
  it("passes what the list names, by name, and nothing else of the caller", () => {
    const { environment } = goodPlanOf({ environment: { LC_TIME: "C", SSH_AUTH_SOCK: "/x", LD_PRELOAD: "/evil.so", AWS_SECRET: "1", QT_IM_MODULE: "fcitx" } });
    assert.deepEqual([...environment.pass.keys()], ["LANG", "LC_TIME", "QT_IM_MODULE"]);
  });

  it("passes the rest with --inherit-env, but never what leads outside or into foreign code", () => {
    const { environment } = goodPlanOf({
      environment: { LD_PRELOAD: "/evil.so", SSH_AUTH_SOCK: "/x", DBUS_SESSION_BUS_ADDRESS: "", MY_SETTING: "1" },
      options: { inheritEnvironment: true },
    });
    assert.ok(environment.pass.has("MY_SETTING") && environment.pass.has("SECRET_TOKEN"));
    for (const name of ["LD_PRELOAD", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS"]) assert.ok(!environment.pass.has(name), name);
  });

  it("lets the manifest set, override and take away", () => {
    const plan = goodPlanOf({ words: { environment: { PATH: "/app/special", LANG: null, GDK_BACKEND: "x11" } }, environment: { GDK_BACKEND: "wayland" } });
    assert.equal(variableOf(plan, "PATH"), "/app/special");
    assert.equal(variableOf(plan, "GDK_BACKEND"), "x11");
    assert.ok(!plan.environment.pass.has("GDK_BACKEND") && !plan.environment.pass.has("LANG"));
  });

  it("keeps what the sandbox itself says against the manifest", () => {
    const plan = goodPlanOf({ words: { environment: { XDG_CONFIG_HOME: "/elsewhere", FLATPAK_ID: "org.other.App", XDG_RUNTIME_DIR: null } } });
    assert.equal(variableOf(plan, "XDG_CONFIG_HOME"), "/home/ada/.var/app/org.example.App/config");
    assert.equal(variableOf(plan, "FLATPAK_ID"), "org.example.App");
    assert.equal(variableOf(plan, "XDG_RUNTIME_DIR"), "/run/user/1000");
  });

  it("keeps the caller's base directories under HOST_ names", () => {
    assert.equal(variableOf(goodPlanOf({ environment: { XDG_DATA_HOME: "/data" } }), "HOST_XDG_DATA_HOME"), "/data");
  });

  it("puts the manifest's own program and a granted /usr/local into the PATH", () => {
    const tree = { "/opt/program": "root:directory", "/usr/local/bin": "root:directory" };
    const plan = goodPlanOf({ tree, manifest: { programFolder: "/opt/program" }, words: { filesystems: ["/usr/local:ro"] } });
    assert.equal(variableOf(plan, "PATH"), "/app/bin:/usr/local/bin:/usr/bin:/bin:/usr/games");
  });
});

describe("the working directory", () => {
  it("is the caller's where the app sees the very same folder", () => {
    const tree = { "/home/ada/Music/new": "directory" };
    assert.equal(goodPlanOf({ tree, cwd: "/home/ada/Music/new", words: { filesystems: ["xdg-music"] } }).workingDirectory, "/home/ada/Music/new");
  });

  it("is the home where the caller's is not visible, and is never granted by standing in it", () => {
    const plan = goodPlanOf({ tree: { "/home/ada/secret": "directory" }, cwd: "/home/ada/secret" });
    assert.equal(plan.workingDirectory, "/home/ada");
    assert.ok(!plan.operations.some(({ to }) => to === "/home/ada/secret"));
  });

  it("is the home where the caller's is denied inside a grant", () => {
    const tree = { "/home/ada/Music/secret": "directory" };
    assert.equal(
      goodPlanOf({ tree, cwd: "/home/ada/Music/secret", words: { filesystems: ["xdg-music:ro", "!~/Music/secret"] } }).workingDirectory,
      "/home/ada",
    );
  });

  it("is what --cwd says", () => {
    assert.equal(goodPlanOf({ options: { workingDirectory: "/tmp" } }).workingDirectory, "/tmp");
  });
});
