// devices=dri: the graphics card. The libraries are the host's own, in /usr, so nothing but nodes is needed, NVIDIA's among them.
import { becauseOf, isGranted, isWanted, problemAt } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";
import { bindNodes } from "./device-nodes.ts";

/**
 * Flatpak's list without what only computing needs (`allow=compute`): the kernel's own interface, buffers between processes, Mali, Vivante, NVIDIA, whose
 * video decoding wants `nvidia-uvm`.
 */
const NODES: readonly string[] = [
  "/dev/dri",
  "/dev/udmabuf",
  "/dev/mali",
  "/dev/mali0",
  "/dev/umplock",
  "/dev/nvidiactl",
  "/dev/nvidia-modeset",
  "/dev/nvidia-uvm",
  ...Array.from({ length: 20 }, (_, index) => `/dev/nvidia${index}`),
];

export const dri: PermissionKind = {
  key: "devices",
  name: "dri",
  words: "Uses the graphics card directly, for fast drawing, video and computing.",
  risk: "low",
  // Nearly every desktop manifest asks for it, and every toolkit draws without a card: a machine without one is no reason to stop.
  absent: "notice",
  absentGroup: null,
  facts: (inputs) => (isWanted(inputs.permissions.devices.get("dri")) ? { paths: NODES } : {}),
  contribute: (inputs, facts) => {
    const permission = inputs.permissions.devices.get("dri");
    if (!isWanted(permission) || !isGranted(permission, inputs, facts) || isGranted(inputs.permissions.devices.get("all"), inputs, facts)) return NOTHING;
    const operations = bindNodes(NODES, facts, becauseOf(permission, "graphics devices"));
    return operations.length > 0 ? { operations } : { absent: problemAt(permission.origin, "notice", "plan.dri-absent", {}) };
  },
};
