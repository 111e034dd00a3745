// What goes between processes of ours and into logs: read back as it was written, and nothing read out of what is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeInstance, encodeInstance, leaveWithConnector, readDescription } from "../../dbus-proxy/description.ts";
import { renderLogLine } from "../../dbus-proxy/log-line.ts";
import { findBusSet } from "../../dbus-proxy/policy/sets/list.ts";
import { decodePortalFrame, encodePortalFrame } from "../../dbus-proxy/portal-frame.ts";
import { emptyHeader } from "../../dbus-proxy/wire/message.ts";
import { addon, RawEnd } from "./connection/played.ts";

test("a frame for portals holds its head and its message, and what is cut, no JSON or of another shape is none", () => {
  const head = { instance: "1", client: ":1.7" };
  const message = Uint8Array.of(1, 2, 3);
  assert.deepEqual(decodePortalFrame(encodePortalFrame(head, message)), { head, message });
  assert.deepEqual(decodePortalFrame(encodePortalFrame(head)), { head, message: new Uint8Array() });
  const whole = encodePortalFrame(head);
  const text = (json: string): Uint8Array => Buffer.concat([Uint8Array.of(json.length, 0, 0, 0), Buffer.from(json)]);
  for (const bad of [whole.subarray(0, 3), whole.subarray(0, whole.length - 1), text("{"), text("{}"), text('{"instance":"1","client":7}'), text("null")])
    assert.equal(decodePortalFrame(bad), undefined);
});

test("an instance's description is read from sealed memory, whoever read it before; anything else is none", () => {
  const request = { type: "instance", instance: "1", appId: "org.test.App", buses: [] } as const;
  const fd = describeInstance(addon, encodeInstance(request));
  for (let round = 0; round < 2; round++) assert.deepEqual(readDescription(addon, fd), request);
  addon.close(fd);
  for (const bytes of [Buffer.from("{"), Buffer.from('{"type":"close"}'), Buffer.alloc(0)]) {
    const other = addon.memfd("other", bytes);
    assert.equal(readDescription(addon, other), undefined);
    addon.close(other);
  }
  const large = addon.sharedMemory("large", 17 * 1024 * 1024);
  assert.equal(readDescription(addon, large), undefined);
  addon.close(large);
});

test("what makes an instance goes to its connector as one frame, and where that does not take it this is told", () => {
  const [ours, theirs] = addon.socketpair();
  const file = addon.memfd("one", Buffer.from("x"));
  assert.ok(leaveWithConnector(addon, ours, file, [file]));
  const connector = new RawEnd(theirs);
  assert.ok(connector.text().length > 0);
  connector.close();
  assert.ok(!leaveWithConnector(addon, ours, file, [file]));
  addon.close(ours);
  addon.close(file);
});

test("a line of the log says which way, to or from whom, and what became of it", () => {
  const header = { ...emptyHeader(), serial: 7, path: "/a", interface: "a.b", member: "M", replySerial: 5, errorName: "a.E" };
  assert.equal(renderLogLine("C", { ...header, type: 1, destination: "org.a" }, ""), "C7: -> org.a call a.b.M at /a\n");
  assert.equal(renderLogLine("C", { ...header, type: 1 }, "*DENIED*"), "C7: -> (no dest) call a.b.M at /a\n*DENIED*\n");
  assert.equal(renderLogLine("C", { ...header, type: 4 }, ""), "C7: -> all signal a.b.M at /a\n");
  assert.equal(renderLogLine("B", { ...header, type: 4, sender: ":1.2" }, ""), "B7: <- :1.2 signal a.b.M at /a\n");
  assert.equal(renderLogLine("B", { ...header, type: 2 }, ""), "B7: <- (no sender) return from C5\n");
  assert.equal(renderLogLine("C", { ...header, type: 3, destination: ":1.2", serial: 0xffff_ffff }, ""), "C-1: -> :1.2 return error a.E from B5\n");
});

test("a named set is known by its name on its own bus", () => {
  assert.equal(findBusSet("tray", "session")?.name, "tray");
  assert.equal(findBusSet("tray", "system"), undefined);
});
