// The lower levels: weaker forms of one protection, taken where this host cannot give the full one. One table for reader, plan and documents.

export interface LowerLevel {
  readonly name: string;
  /** What is weaker, and when it comes to that. */
  readonly reason: string;
  /** What an app could do with it. */
  readonly risk: string;
  /** `told`: taken, and shown by `permissions` and `--dry-run`. `refused`: taken only where the user or administrator accepted it by name. */
  readonly standard: "told" | "refused";
}

export const LOWER_LEVELS: readonly LowerLevel[] = [
  {
    name: "wayland-plain-socket",
    reason: "the compositor's plain socket instead of a security context of its own",
    risk: "some compositors offer every client of this socket screen capture and virtual keyboards",
    standard: "told",
  },
  {
    name: "abstract-sockets-reachable",
    reason: "the network is shared and this kernel cannot close the host's abstract sockets (Landlock scopes, Linux 6.12)",
    risk: "the app can reach services of the host that listen on abstract sockets, the X server among them",
    standard: "refused",
  },
  {
    name: "backend-bwrap",
    reason: "the sandbox is built by the bubblewrap of this host instead of tsbox itself",
    risk: "no Landlock scopes, no check of sources against the plan, no cover over links that lead to protected paths",
    standard: "refused",
  },
  {
    name: "pipewire-plain-socket",
    reason: "PipeWire's own socket (`xdg-run/pipewire-0` and those beside it) as it is, without the filter of its protocol",
    risk: "the app can have the server load a library of its own, and so run programs outside the sandbox; it hears and sees every stream",
    standard: "refused",
  },
  {
    name: "login-set-incomplete",
    reason: "files that run at login are missing below a writable home, and cannot be made beforehand without harm",
    risk: "the app can write one of them, and so run programs outside the sandbox at the next login",
    standard: "told",
  },
];
