// What an app may say on each bus: on the session bus its own names, the manifest's, the portals', and what stays hidden whatever a manifest says. Pure.
import type { MessageRule, NameRule, ProxyPolicy, WithheldPortal } from "../../dbus-proxy/policy/policy.ts";
import { appOf } from "../manifest/door.ts";
import { LAYERS } from "../manifest/origin.ts";
import { HIDDEN_NAMES, isLifted } from "../permissions/hidden-names.ts";
import type { BusPermission, Permissions } from "../permissions/permissions.ts";
import { busRulesOf } from "./bus-rules.ts";
import type { RunInputs } from "./inputs.ts";
import { ofInstance } from "./instance-names.ts";
import { placeOf } from "./origin-text.ts";

const PORTALS = "org.freedesktop.portal.*";
/** Of the objects behind those names no others: xdg-desktop-portal also serves who asks which programs run in the background. */
const PORTAL_CALLS = [
  ["@/org/freedesktop/portal/*", "portals ask the user before they give"],
  ["@/org/freedesktop/IBus/*", "an input method's portal gives contexts of the app's own"],
  ["org.freedesktop.DBus.Introspectable.*", "what an object has"],
  ["org.freedesktop.DBus.Peer.*", "whether somebody is there"],
] as const;
const PORTALS_OFF = { name: PORTALS, because: "without a runtime directory portals cannot tell which app calls" };

/** The filtered policy (xdg-dbus-proxy's words: see, talk, own, call, broadcast). */
export function sessionPolicy(inputs: RunInputs): ProxyPolicy {
  const { manifest, permissions, caller } = inputs;
  const app = appOf(manifest);
  const explicit = permissions.sessionBus;
  const own = (name: string, because: string): NameRule => ({ name, level: "own", because });
  const names = [
    own(`${app}.*`, "the app's own id"),
    own(`org.mpris.MediaPlayer2.${app}.*`, "the app's name as a media player"),
    ...[...explicit.values()].flatMap((permission) => ruleOf(permission)),
  ];
  const off = caller.runtimeDirectoryIsFallback;
  const rules = busRulesOf("session", manifest, permissions);
  const withheld = withheldPortals(permissions);
  const policy: ProxyPolicy = {
    filter: true,
    sloppyNames: false,
    refusesHandOver: true,
    ...(withheld.length === 0 ? {} : { withheld }),
    names: [...names, ...rules.names],
    calls: [...(off ? [] : PORTAL_CALLS.map(([rule, because]) => portalRule(rule, because))), ...rules.calls],
    broadcasts: [...(off ? [] : [portalRule("@/org/freedesktop/portal/*", "portals tell of changes by signals")]), ...rules.broadcasts],
    hidden: [
      ...HIDDEN_NAMES.filter((entry) => !isLifted(entry, [...explicit.values()])).map(({ name, because, onlyOnBus }) =>
        onlyOnBus === true ? { name, because, onlyOnBus } : { name, because },
      ),
      ...(off ? [PORTALS_OFF] : []),
      ...deniedNames(app, explicit),
    ],
  };
  return ofInstance(policy, manifest);
}

/** What is denied by the word for devices is not had through a portal either. */
function withheldPortals({ deviceUses }: Permissions): readonly WithheldPortal[] {
  const camera = deviceUses.get("camera");
  return camera === undefined || camera.allowed ? [] : [{ portal: "Camera", because: `allow=!camera (${placeOf(camera.origin)})` }];
}

/** The manifest's names and no others: nothing on the system bus belongs to every app. */
export function systemPolicy({ manifest, permissions }: RunInputs): ProxyPolicy {
  const rules = busRulesOf("system", manifest, permissions);
  return {
    filter: true,
    sloppyNames: false,
    names: [...[...permissions.systemBus.values()].flatMap(ruleOf), ...rules.names],
    calls: rules.calls,
    broadcasts: rules.broadcasts,
    hidden: deniedNames(appOf(manifest), permissions.systemBus),
  };
}

const REGISTRY = "org.a11y.atspi.Registry";
const REGISTRY_PATH = "/org/a11y/atspi/registry";
const ROOT_PATH = "/org/a11y/atspi/accessible/root";
const KEYS_PATH = `${REGISTRY_PATH}/deviceeventcontroller`;
/** What a toolkit says to the registry of assistive technology to be read by it. */
const REGISTRY_CALLS: readonly { readonly method: string; readonly path: string; readonly because: string }[] = [
  { method: "Socket.Embed", path: `${ROOT_PATH} arg0own`, because: "the app announces its own windows" },
  { method: "Socket.Unembed", path: `${ROOT_PATH} arg0own`, because: "the app takes its own windows back" },
  { method: "Registry.GetRegisteredEvents", path: REGISTRY_PATH, because: "the app asks which events are listened to" },
  { method: "DeviceEventController.GetKeystrokeListeners", path: KEYS_PATH, because: "the app asks which keys are listened to" },
  { method: "DeviceEventController.GetDeviceEventListeners", path: KEYS_PATH, because: "the app asks which devices are listened to" },
  { method: "DeviceEventController.NotifyListenersSync", path: KEYS_PATH, because: "the app passes its own keys to a screen reader" },
  { method: "DeviceEventController.NotifyListenersAsync", path: KEYS_PATH, because: "the app passes its own keys to a screen reader" },
];

/**
 * Flatpak's rules for the registry, without its `--sloppy-names`: the app does not hear which other programs come and go. Assistive technology calls the app,
 * and whoever called it may be seen; nothing else on the bus is there for it.
 */
export function accessibilityPolicy(): ProxyPolicy {
  const listeners = ["EventListenerRegistered", "EventListenerDeregistered"];
  return {
    ownReferences: { beside: [REGISTRY] },
    filter: true,
    sloppyNames: false,
    names: [],
    calls: REGISTRY_CALLS.map(({ method, path, because }) => ({ name: REGISTRY, rule: `org.a11y.atspi.${method}@${path}`, because })),
    broadcasts: listeners.map((signal) => ({
      name: REGISTRY,
      rule: `org.a11y.atspi.Registry.${signal}@${REGISTRY_PATH}`,
      because: "the registry tells which events are listened to",
    })),
    hidden: [],
  };
}

/** socket=session-bus, socket=system-bus: nothing is filtered, only framed and checked. */
export function unfilteredPolicy(): ProxyPolicy {
  return { filter: false, sloppyNames: false, names: [], calls: [], broadcasts: [], hidden: [] };
}

function ruleOf(permission: BusPermission): readonly NameRule[] {
  return permission.level === "none" ? [] : [{ name: permission.name, level: permission.level, because: placeOf(permission.origin) }];
}

/**
 * A denial holds below a granted wildcard and for portals too, where Flatpak's `none` only takes the grant of its own name away. A wildcard's denial gives
 * way to a grant of a name below it that comes from the same layer or a higher one; a limit gives way to nothing.
 */
function deniedNames(appId: string, explicit: ReadonlyMap<string, BusPermission>): ProxyPolicy["hidden"] {
  const rank = ({ origin }: BusPermission): number => LAYERS.indexOf(origin.layer);
  const grants = [...explicit.values()].filter(({ level }) => level !== "none");
  return [...explicit.values()]
    .filter(({ level }) => level === "none")
    .filter((denial) => {
      if (denial.origin.layer === "limit") return true;
      if (covers(denial.name, appId)) return false;
      return !grants.some((grant) => covers(denial.name, grant.name) && rank(grant) >= rank(denial));
    })
    .map(({ name, origin }) => ({ name, because: placeOf(origin) }));
}

/** Whether the name or wildcard takes in the other one. */
function covers(wide: string, name: string): boolean {
  if (!wide.endsWith(".*")) return wide === name;
  const stem = wide.slice(0, -2);
  return name === stem || name.startsWith(`${stem}.`);
}

function portalRule(rule: string, because: string): MessageRule {
  return { name: PORTALS, rule, because };
}
