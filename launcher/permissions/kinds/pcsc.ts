// sockets=pcsc: smart cards, through the daemon that drives the readers.
import { type HostSocket, hostSocketKind, pathIn } from "./host-socket.ts";

/** PCSCLITE_CSOCK_NAME, else where Debian, Fedora and Arch have it. */
export const PCSC_SOCKET: HostSocket = {
  what: "the daemon of smart cards",
  candidates: (inputs) => [...pathIn(inputs, "PCSCLITE_CSOCK_NAME"), "/run/pcscd/pcscd.comm"],
  inside: () => "/run/pcscd/pcscd.comm",
};

export const pcsc = hostSocketKind({
  name: "pcsc",
  words: "Uses smart cards and the keys on them; the card asks for its PIN.",
  risk: "medium",
  ...PCSC_SOCKET,
});
