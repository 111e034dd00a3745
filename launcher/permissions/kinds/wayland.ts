// sockets=wayland: the compositor's socket. Plain for now, which is a told lower level: some compositors offer every client screen capture and virtual keyboards.
import { becauseOf, isGranted, isWanted, problemAt, walkFacts, waylandSocketPath } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

const INSIDE = "/run/flatpak/wayland-0";

export const wayland: PermissionKind = {
  key: "sockets",
  name: "wayland",
  words: "Shows windows on a Wayland desktop; some desktops also let it take screenshots and type for you.",
  risk: "medium",
  absent: "error",
  absentGroup: "display",
  // The socket is asked for in any case: `fallback-x11` and the condition `has-wayland` look at it.
  facts: (inputs) => ({ paths: [waylandSocketPath(inputs)] }),
  contribute: (inputs, facts) => {
    const permission = inputs.permissions.sockets.get("wayland");
    if (!isWanted(permission) || !isGranted(permission, inputs, facts)) return NOTHING;
    const path = waylandSocketPath(inputs);
    const walk = walkFacts(path, facts);
    if (walk.end?.type !== "socket") return { absent: problemAt(permission.origin, "error", "plan.wayland-absent", { path }) };
    const because = becauseOf(permission, "the Wayland compositor's socket");
    return {
      operations: [
        { kind: "bind", from: walk.real, to: INSIDE, source: walk.end, access: "ro", because },
        { kind: "symlink", target: "../../flatpak/wayland-0", to: `/run/user/${inputs.caller.uid}/wayland-0`, because },
      ],
      environment: new Map([["WAYLAND_DISPLAY", { value: "wayland-0", because }]]),
      lowerLevels: [{ name: "wayland-plain-socket", because: becauseOf(permission, "the compositor's own socket, not one of a security context") }],
    };
  },
};
