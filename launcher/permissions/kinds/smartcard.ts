// allow=smartcard: the same as sockets=pcsc, by the name of the thing.
import { type PermissionKind, NOTHING } from "../kind.ts";
import { contributeSocket } from "./host-socket.ts";
import { PCSC_SOCKET, pcsc } from "./pcsc.ts";

export const smartcard: PermissionKind = {
  ...pcsc,
  key: "device-uses",
  name: "smartcard",
  words: "Uses the smart cards in your readers, through their daemon; the card asks for its PIN.",
  facts: (inputs) => (inputs.permissions.deviceUses.get("smartcard")?.allowed ? { paths: PCSC_SOCKET.candidates(inputs) } : {}),
  contribute: (inputs, facts) => {
    const { deviceUses, sockets } = inputs.permissions;
    const said = deviceUses.get("smartcard");
    // Both words together are one socket.
    return said?.allowed && !sockets.get("pcsc")?.allowed ? contributeSocket(PCSC_SOCKET, said, inputs, facts) : NOTHING;
  },
};
