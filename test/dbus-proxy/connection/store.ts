// A service that keeps things for the app, whose answers grant it some of them: what the tests about grants have in common.
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { BUS, errorOf } from "../live/peer.ts";
import { APP_NAME, type Played, policyOf, talk } from "./played.ts";

export const SERVICE = "org.test.Store";
export const OWNER = ":1.9";
export const CALL = { type: 1, path: "/store", interface: "org.test.Store", destination: SERVICE } as const;
export const rule = (text: string) => ({ name: SERVICE, rule: text, because: text });
export const POLICY = policyOf({
  names: [talk(SERVICE, "see")],
  calls: [
    rule("org.test.Store.Find@/store arg0=mine grants=/store/*"),
    rule("org.test.Store.Read@granted"),
    rule("org.test.Store.Drop@granted forgets"),
    rule("org.test.Store.Many@/store arg0granted"),
  ],
  broadcasts: [rule("org.test.Store.Gone@/store forgets"), rule("org.test.Store.Told@/store arg0=mine")],
});

/** The service answers the call of this name with these values. */
export async function served(
  one: Played,
  member: string,
  args: readonly [string, readonly Value[]],
  answer: readonly [string, readonly Value[]],
  path = "/store",
) {
  const serial = one.app.send({ ...CALL, path, member, signature: args[0] }, args[1]);
  const heard = await one.busHears(member);
  one.bus.say(encodeMessage({ type: 2, serial: 1, replySerial: heard.serial, sender: OWNER, destination: APP_NAME, signature: answer[0] }, answer[1]));
  return one.app.reply(serial);
}

export const OWNER_CHANGED = {
  type: 4,
  serial: 1,
  sender: BUS.destination,
  path: BUS.path,
  interface: BUS.interface,
  member: "NameOwnerChanged",
  signature: "sss",
} as const;

/** A ping went out in its place. */
export async function refused(one: Played, member: string, args: readonly [string, readonly Value[]], path = "/store"): Promise<string> {
  const serial = one.app.send({ ...CALL, path, member, signature: args[0] }, args[1]);
  one.bus.answer(await one.busHears("Ping"));
  return errorOf(await one.app.reply(serial));
}

export const broadcast = (one: Played, member: string, signature: string, values: readonly Value[]): number =>
  one.bus.say(encodeMessage({ type: 4, serial: 2, sender: OWNER, path: "/store", interface: "org.test.Store", member, signature }, values));
