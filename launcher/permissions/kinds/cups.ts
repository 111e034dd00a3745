// sockets=cups: the print server of this machine. One in the network (CUPS_SERVER, client.conf) is reached with shared=network and the same settings.
import { hostSocketKind, pathIn } from "./host-socket.ts";

export const cups = hostSocketKind({
  name: "cups",
  words: "Prints, and sees your printers and print jobs.",
  risk: "low",
  what: "the print server",
  candidates: (inputs) => [...pathIn(inputs, "CUPS_SERVER"), "/run/cups/cups.sock"],
  inside: () => "/run/cups/cups.sock",
  variable: { name: "CUPS_SERVER", value: (inside) => inside },
});
