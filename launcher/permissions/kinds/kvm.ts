// devices=kvm: virtual machines at the processor's own speed.
import { devicePathKind } from "./device-path.ts";

export const kvm = devicePathKind({
  name: "kvm",
  path: "/dev/kvm",
  words: "Runs virtual machines; the kernel's part of that is large and reachable.",
  risk: "medium",
});
