// What the kinds of `[X-Tsbox Devices] allow=` share: nodes by what the devices are for, each bound alone. What is plugged in later is there at the next start.
import type { DeviceFact, DeviceUse } from "../../host/facts.ts";
import { becauseOf, isGranted, problemAt } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind, type Risk } from "../kind.ts";
import type { Permissions } from "../permissions.ts";

export interface DeviceUseKind {
  readonly name: DeviceUse;
  readonly words: string;
  readonly risk: Risk;
  /** Of a word with a colon: whether this device is the one that its rest names. */
  readonly isMeant?: (device: DeviceFact, rest: string) => boolean;
}

interface AllowedWord {
  readonly word: string;
  readonly origin: { readonly origin: NonNullable<ReturnType<Permissions["deviceUses"]["get"]>>["origin"] };
}

function allowedWords(name: string, { deviceUses }: Permissions): readonly AllowedWord[] {
  return [...deviceUses].flatMap(([word, { allowed, origin }]) =>
    allowed && (word === name || word.startsWith(`${name}:`)) ? [{ word, origin: { origin } }] : [],
  );
}

export function deviceUseKind({ name, words, risk, isMeant }: DeviceUseKind): PermissionKind {
  return {
    key: "device-uses",
    name,
    words,
    risk,
    // Cameras and keys are unplugged; the program starts, and finds none.
    absent: "notice",
    absentGroup: null,
    facts: (inputs) => (allowedWords(name, inputs.permissions).length > 0 ? { devices: true } : {}),
    contribute: (inputs, facts): Contribution => {
      const wanted = allowedWords(name, inputs.permissions);
      if (wanted.length === 0 || isGranted(inputs.permissions.devices.get("all"), inputs, facts)) return NOTHING;
      const here = (facts.devices ?? []).filter(({ use }) => use === name);
      const operations = wanted.flatMap(({ word, origin }) =>
        here
          .filter((device) => isMeant === undefined || isMeant(device, word.slice(name.length + 1)))
          .map(({ node, source, name: called }) => {
            const because = becauseOf(origin, called === "" ? `a device for ${name}` : `a device for ${name}: ${called}`);
            return { kind: "bind", from: node, to: node, source, access: "dev", because } as const;
          }),
      );
      const missing = wanted.filter(({ origin }) => !operations.some(({ because }) => because.origin === origin.origin));
      const notices = missing.map(({ word, origin }) => problemAt(origin.origin, "notice", "plan.device-use-absent", { word }));
      return { operations, notices };
    },
  };
}
