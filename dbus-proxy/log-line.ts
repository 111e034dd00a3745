// The lines of `--log`, in xdg-dbus-proxy's words.
import { type MessageHeader, MessageType } from "./wire/message.ts";

/** `C`: from the app. `B`: from the bus. A mark stands on a line of its own. */
export function renderLogLine(direction: "C" | "B", header: MessageHeader, mark: string): string {
  const other = direction === "C" ? "B" : "C";
  const peer = direction === "C" ? `-> ${header.destination || "(no dest)"}` : `<- ${header.sender || "(no sender)"}`;
  const where = `${header.interface}.${header.member} at ${header.path}`;
  const broadcast = direction === "C" && header.type === MessageType.SIGNAL && header.destination === "" ? "-> all" : peer;
  const line = `${direction}${header.serial | 0}: ${broadcast} ${what(header, other, where)}\n`;
  return mark === "" ? line : `${line}${mark}\n`;
}

function what(header: MessageHeader, other: string, where: string): string {
  switch (header.type) {
    case MessageType.CALL:
      return `call ${where}`;
    case MessageType.SIGNAL:
      return `signal ${where}`;
    case MessageType.RETURN:
      return `return from ${other}${header.replySerial | 0}`;
    default:
      return `return error ${header.errorName} from ${other}${header.replySerial | 0}`;
  }
}
