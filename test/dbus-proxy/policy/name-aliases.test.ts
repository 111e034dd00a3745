import assert from "node:assert/strict";
import { test } from "node:test";
import { NameAliases } from "../../../dbus-proxy/policy/name-aliases.ts";

const aliases = new NameAliases([
  { inside: "org.example.App", outside: "org.example.App--work" },
  { inside: "org.example.App.deep", outside: "org.example.App.deep--work" },
]);

test("a name and all below it are called otherwise on the other side, by the deepest stem, and back", () => {
  for (const [inside, outside] of [
    ["org.example.App", "org.example.App--work"],
    ["org.example.App.Part", "org.example.App--work.Part"],
    ["org.example.App.deep.x", "org.example.App.deep--work.x"],
  ] as const) {
    assert.equal(aliases.outside(inside), outside);
    assert.equal(aliases.inside(outside), inside);
  }
});

test("what only begins alike, the bus itself and numbers stay", () => {
  for (const name of ["org.example.Apple", "org.example.App-x", "org.example", "org.freedesktop.DBus", ":1.5", "", "org.example.App--play"]) {
    assert.equal(aliases.outside(name), name);
    assert.equal(aliases.inside(name), name);
  }
});
