// NameOwnerChanged as the filter says it itself: for names that come and go in the eyes of the app alone.
import { BUS_NAME, BUS_PATH, MessageFlag, MessageType } from "../wire/message.ts";
import { encodeMessage } from "../wire/writer.ts";
import type { Judging } from "./outcome.ts";
import { takeOwnSerial } from "./state.ts";

/** Only where the app asked for it. "" for nobody. */
export function sayOwnerChange(judging: Judging, name: string, from: string, to: string): void {
  const { state } = judging;
  const signal = { sender: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member: "NameOwnerChanged", args: [name, from, to] };
  if (!state.rules.askFor(signal, () => false)) return;
  const header = { ...signal, type: MessageType.SIGNAL, flags: MessageFlag.NO_REPLY_EXPECTED, serial: takeOwnSerial(state), signature: "sss" };
  judging.sayToApp(encodeMessage(header, [judging.policy.aliases?.inside(name) ?? name, from, to]));
}
