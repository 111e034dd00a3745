// sockets=gpg-agent: the agent's own socket, where GnuPG looks for it inside (/run/user/UID/gnupg). Public keys are files: `filesystems=~/.gnupg:ro`.
import { hostSocketKind } from "./host-socket.ts";

const NAME = "S.gpg-agent";

export const gpgAgent = hostSocketKind({
  name: "gpg-agent",
  words: "Signs and decrypts with your gpg keys, and manages them; the agent may ask you for the passphrase.",
  risk: "high",
  what: "the agent that holds gpg keys",
  candidates: ({ caller, request }) => {
    const named = request.environment.get("GNUPGHOME") ?? "";
    // gpgconf(1): with a home of another name the sockets lie in it, or in a folder of the runtime directory whose name is a hash of it.
    if (named.startsWith("/") && named !== `${caller.home}/.gnupg`) return [`${named}/${NAME}`];
    return [`/run/user/${caller.uid}/gnupg/${NAME}`, `${caller.runtimeDirectory}/gnupg/${NAME}`, `${caller.home}/.gnupg/${NAME}`];
  },
  inPrivateFolder: true,
  inside: ({ caller }) => `/run/user/${caller.uid}/gnupg/${NAME}`,
});
