// The accessibility bus: given to every app where assistive technology is running, so that a screen reader can read it. It shows the app nothing but its own objects.
import { findAccessibilityBus } from "../../plan/bus-address.ts";
import { accessibilityPolicy } from "../../plan/names.ts";
import type { Because, SourceIdentity } from "../../plan/plan.ts";
import { walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind } from "../kind.ts";

const INSIDE = "/run/flatpak/at-spi-bus";
const BECAUSE: Because = { reason: "the accessibility bus, filtered: assistive technology reads the app", origin: null };

export const accessibilityBus: PermissionKind = {
  key: "accessibility-bus",
  name: "*",
  words: "Is read and operated by assistive technology where that runs; it reads and operates no other program.",
  risk: "low",
  absent: "notice",
  absentGroup: null,
  facts: (inputs) => (inputs.options.accessibilityBus ? { paths: findAccessibilityBus(inputs).flatMap((bus) => (bus.kind === "path" ? [bus.path] : [])) } : {}),
  contribute: (inputs, facts) => {
    if (!inputs.options.accessibilityBus) return NOTHING;
    for (const bus of findAccessibilityBus(inputs)) {
      if (bus.kind === "abstract") return give(`@${bus.name}`, null);
      const walk = bus.kind === "path" ? walkFacts(bus.path, facts) : undefined;
      if (walk?.end?.type === "socket") return give(walk.real, walk.end);
    }
    return NOTHING;
  },
};

function give(address: string, source: SourceIdentity | null): Contribution {
  return {
    operations: [{ kind: "listen", name: "a11y", to: INSIDE, because: BECAUSE }],
    environment: new Map([["AT_SPI_BUS_ADDRESS", { value: `unix:path=${INSIDE}`, because: BECAUSE }]]),
    buses: [{ name: "a11y", address, source, policy: accessibilityPolicy() }],
  };
}
