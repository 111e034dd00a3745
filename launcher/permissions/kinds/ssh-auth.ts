// sockets=ssh-auth: the agent that the caller's SSH_AUTH_SOCK names. Keys stay in it, but it signs whatever it is asked to.
import { hostSocketKind, pathIn } from "./host-socket.ts";

export const sshAuth = hostSocketKind({
  name: "ssh-auth",
  words: "Logs in anywhere with the ssh keys in your agent, unless the agent asks you each time.",
  risk: "high",
  what: "the agent that holds ssh keys",
  candidates: (inputs) => pathIn(inputs, "SSH_AUTH_SOCK"),
  inside: () => "/run/flatpak/ssh-auth",
  variable: { name: "SSH_AUTH_SOCK", value: (inside) => inside },
});
