// What devices=kvm, input and usb share: one node or folder below /dev, by its name.
import { becauseOf, isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { NOTHING, type PermissionKind, type Risk } from "../kind.ts";

export interface DevicePath {
  readonly name: string;
  readonly words: string;
  readonly risk: Risk;
  readonly path: string;
}

export function devicePathKind({ name, words, risk, path }: DevicePath): PermissionKind {
  return {
    key: "devices",
    name,
    words,
    risk,
    absent: "notice",
    absentGroup: null,
    facts: (inputs) => (isWanted(inputs.permissions.devices.get(name)) ? { paths: [path] } : {}),
    contribute: (inputs, facts) => {
      const permission = inputs.permissions.devices.get(name);
      if (!isWanted(permission) || !isGranted(permission, inputs, facts) || isGranted(inputs.permissions.devices.get("all"), inputs, facts)) return NOTHING;
      const walk = walkFacts(path, facts);
      if (walk.end?.type !== "character" && walk.end?.type !== "directory") {
        return { absent: problemAt(permission.origin, "notice", "plan.device-here-absent", { device: name, path }) };
      }
      const because = becauseOf(permission, `devices=${name}`);
      return { operations: [{ kind: "bind", from: walk.real, to: path, source: walk.end, access: "dev", because }] };
    },
  };
}
