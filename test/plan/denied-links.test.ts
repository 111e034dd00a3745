// What an override or a limit denies, and the names by which it is not had either.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeRun, goodPlanOf, GUARDED_HOME, planOf, type Tree } from "./fake-host.ts";

describe("places that are denied", () => {
  const tree: Tree = {
    ...GUARDED_HOME,
    "/home/ada/Documents/sub": "directory",
    "/tmp/innocent": "-> /home/ada/Documents/sub",
    "/srv/all": "-> /home/ada",
    "/srv": "root:directory",
  };
  const given = (words: FakeRun["words"]): readonly string[] =>
    goodPlanOf({ tree, ...(words === undefined ? {} : { words }) }).operations.flatMap((one) =>
      one.kind === "bind" && one.from.startsWith("/home/ada/Documents") ? [one.to] : [],
    );

  it("are not had by a link that leads into them, which another app may have left", () => {
    const words = { filesystems: ["/tmp/innocent"] };
    assert.deepEqual(given(words), ["/home/ada/Documents/sub"], "where nobody denies it, the link leads there");
    for (const denial of [{ overriddenFilesystems: ["!~/Documents"] }, { limitedFilesystems: ["!xdg-documents"] }, { limitedFilesystems: ["!home"] }]) {
      const result = planOf({ tree, words: { ...words, ...denial } });
      assert.ok(result.ok && result.notices.some(({ key, values }) => key === "plan.denied-link" && values["target"] === "/home/ada/Documents/sub"));
      assert.deepEqual(given({ ...words, ...denial }), []);
    }
  });

  it("are not had under another name inside either, where a limit denies them", () => {
    const binds = ["/tmp/innocent:/opt/x"];
    assert.deepEqual(given({ binds, overriddenFilesystems: ["!~/Documents"] }), ["/opt/x"], "what the user shows on the command line lies above his override");
    assert.deepEqual(given({ binds, limitedFilesystems: ["!~/Documents"] }), []);
  });

  it("are had by a grant of a place in them by its own name, but not beside a limit", () => {
    const filesystems = ["~/Documents/sub"];
    assert.deepEqual(given({ filesystems, overriddenFilesystems: ["!~/Documents"] }), ["/home/ada/Documents/sub"]);
    assert.deepEqual(given({ filesystems, limitedFilesystems: ["!~/Documents"] }), []);
  });

  it("are not had by what holds them, where the home itself is limited", () => {
    const whole = (words: FakeRun["words"]): boolean =>
      goodPlanOf({ tree, ...(words === undefined ? {} : { words }) }).operations.some((one) => one.kind === "bind" && one.from === "/home/ada");
    assert.ok(whole({ filesystems: ["/srv/all:ro"] }));
    assert.ok(!whole({ filesystems: ["/srv/all:ro"], limitedFilesystems: ["!home"] }));
    const own = goodPlanOf({ tree, words: { limitedFilesystems: ["!home"] } }).operations;
    assert.ok(
      own.some((one) => one.kind === "bind" && one.to === "/home/ada/.var/app/org.example.App"),
      "the app keeps its own data",
    );
  });
});
