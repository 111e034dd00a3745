// What a grant of a place is called: the same by every name that the place has, and an escape where what lies there runs by itself outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { goodPlanOf, GUARDED_HOME } from "../plan/fake-host.ts";
import { meaningOfEntry } from "../../launcher/permissions/meaning.ts";
import { placeMeaning } from "../../launcher/permissions/place-meanings.ts";
import { LOGIN_PLACES } from "../../launcher/plan/login-set.ts";

const SPELLED = {
  home: ["~", "/home/ada", "/root"],
  config: ["xdg-config", "~/.config", "/home/ada/.config"],
  data: ["xdg-data", "~/.local/share", "/home/ada/.local/share"],
};

test("whoever may write a place by its own name that runs by itself outside is told as an escape, by every name of the place and for all below it", () => {
  for (const { base, path } of LOGIN_PLACES)
    for (const folder of SPELLED[base]) {
      for (const location of [`${folder}/${path}`, `${folder}/${path}/below`]) {
        assert.equal(placeMeaning(location, "rw").risk, "escape", location);
        assert.equal(placeMeaning(location, "create").risk, "escape", location);
        assert.notEqual(placeMeaning(location, "ro").risk, "escape", location);
      }
      assert.notEqual(placeMeaning(`${folder}/${path}-beside`, "rw").risk, "escape", "another name");
    }
});

test("that is so: the plan gives such a place to write by its own name, and keeps it read-only below a grant around it", () => {
  const access = (filesystems: readonly string[]): readonly string[] =>
    goodPlanOf({ tree: GUARDED_HOME, words: { filesystems } }).operations.flatMap((one) =>
      one.kind === "bind" && one.to === "/home/ada/.bashrc" ? [one.access] : [],
    );
  assert.deepEqual(access(["~/.bashrc"]), ["rw"]);
  assert.deepEqual(access(["home"]), ["ro"]);
});

test("a home is one by its path too, and keys stay keys by every name", () => {
  for (const location of ["/home/ada", "/var/home/ada", "/root"]) assert.deepEqual(placeMeaning(location, "rw"), placeMeaning("home", "rw"), location);
  for (const location of ["/home/ada/.ssh", "~/.ssh"])
    assert.deepEqual(placeMeaning(location, "ro"), { risk: "high", key: "permissions.place-keys" }, location);
  assert.deepEqual(placeMeaning("/home/ada/.ssh", "rw"), { risk: "escape", key: "permissions.place-keys" });
  assert.deepEqual(placeMeaning("/run/user/1000/docker.sock", "rw"), placeMeaning("xdg-run/docker.sock", "rw"));
  assert.equal(placeMeaning("xdg-run/hypr", "ro").risk, "escape", "read-only hinders nobody from connecting");
  assert.equal(placeMeaning("/homestead/ada", "rw").risk, "medium");
});

test("a line by itself has its risk whatever it is written in: rules, devices, nested sandboxes, recording", () => {
  const origin = { layer: "manifest", file: "", line: 1, column: 1, text: "" } as const;
  const riskOf = (entry: Parameters<typeof meaningOfEntry>[0]): string | undefined => meaningOfEntry(entry, null)?.risk;
  assert.equal(riskOf({ kind: "bus-rule", bus: "session", name: "org.freedesktop.Flatpak", verb: "call", rule: "*", allowed: true, origin }), "escape");
  assert.equal(riskOf({ kind: "setting", name: "nested", word: "full", origin }), "medium");
  assert.equal(riskOf({ kind: "device-use", word: "camera", allowed: true, origin }), "medium");
  assert.equal(riskOf({ kind: "audio", use: "microphone", granted: true, origin }), "medium");
  assert.equal(riskOf({ kind: "usb", list: "enumerable", query: "all", origin }), "low");
});
