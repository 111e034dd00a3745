// sockets=wayland: a socket that the compositor serves as a sandbox's own (wp_security_context_v1), so that it offers no screen capture and no virtual
// keyboard there. Where the compositor has no such thing: its plain socket, which is a told lower level.
import { becauseOf, hasWayland, isGranted, isWanted, problemAt, walkFacts, waylandSocketPath } from "../granted.ts";
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
  facts: (inputs) => {
    const { sockets } = inputs.permissions;
    const path = waylandSocketPath(inputs);
    const wanted = isWanted(sockets.get("wayland")) || isWanted(sockets.get("fallback-x11")) || (sockets.get("x11")?.conditions.length ?? 0) > 0;
    return wanted ? { paths: [path], compositor: path } : { paths: [path] };
  },
  contribute: (inputs, facts) => {
    const permission = inputs.permissions.sockets.get("wayland");
    if (!isWanted(permission) || !isGranted(permission, inputs, facts)) return NOTHING;
    const path = waylandSocketPath(inputs);
    const walk = walkFacts(path, facts);
    if (walk.end?.type !== "socket" || !hasWayland(inputs, facts)) return { absent: problemAt(permission.origin, "error", "plan.wayland-absent", { path }) };
    if (facts.compositor === "silent") return { absent: problemAt(permission.origin, "error", "plan.wayland-silent", { path }) };
    const isContext = facts.compositor === "security-context";
    const because = becauseOf(
      permission,
      isContext ? "a socket of the app's own, which the compositor serves as a sandbox's" : "the Wayland compositor's socket",
    );
    return {
      operations: [
        isContext
          ? { kind: "wayland-context", compositor: walk.real, to: INSIDE, because }
          : { kind: "bind", from: walk.real, to: INSIDE, source: walk.end, access: "ro", because },
        { kind: "symlink", target: "../../flatpak/wayland-0", to: `/run/user/${inputs.caller.uid}/wayland-0`, because },
      ],
      environment: new Map([["WAYLAND_DISPLAY", { value: "wayland-0", because }]]),
      lowerLevels: isContext
        ? []
        : [{ name: "wayland-plain-socket", because: becauseOf(permission, "the compositor's own socket, for it has none of a security context") }],
    };
  },
};
