// A sandbox that an app starts for a part of itself: what it may at most have, and whether a plan keeps to that. Pure.
import { isSoundServer } from "../../dbus-proxy/control.ts";
import { isBelow } from "../host/walk.ts";
import type { NamedPermission, Permissions } from "../permissions/permissions.ts";
import { makeFilter } from "../seccomp/door.ts";
import type { Operation, Plan, PlanBus } from "./plan.ts";

/** What of the app's own a closed sub-sandbox keeps. */
export interface SubSandboxShares {
  readonly display: boolean;
  readonly sound: boolean;
  readonly graphics: boolean;
  readonly sessionBus: boolean;
  readonly accessibilityBus: boolean;
}

/** A place of the app's that it gives on; device and inode in decimal, as it was when the app gave it. */
export interface SubSandboxPlace {
  readonly from: string;
  readonly to: string;
  readonly isDirectory: boolean;
  /** It lies in the app's own data. */
  readonly inData: boolean;
  readonly writable: boolean;
  readonly dev: string;
  readonly ino: string;
}

/** What is taken away. Plain data: a sub-sandbox that starts another one hands its own limits on. */
export interface SubSandboxLimits {
  readonly noNetwork: boolean;
  /** Nothing of what the app was granted but for the shares. Null: all of it. */
  readonly closed: SubSandboxShares | null;
  readonly clearEnvironment: boolean;
  readonly environment: readonly (readonly [name: string, value: string | null])[];
  readonly places: readonly SubSandboxPlace[];
  /** 1: a part of an app that is none itself. */
  readonly depth: number;
}

/** What one running sandbox has, for comparing. Plain data in short words, since it lies with each connector. */
export interface SandboxRights {
  readonly appId: string;
  readonly network: boolean;
  readonly ipc: boolean;
  /** In the plan's order: place, what lies there (`bind-ro`, `bind-rw`, `bind-dev` or an operation's kind), and where it comes from. */
  readonly mounts: readonly Mount[];
  /** Base64. */
  readonly filter: string;
  readonly nested: string;
  readonly scopes: readonly string[];
  readonly hasLandlock: boolean;
  readonly buses: readonly BusRights[];
  /** Files whose other names on the host are kept the same. */
  readonly followed: readonly string[];
}

type Mount = readonly [to: string, kind: string, from: string];

interface BusRights {
  readonly name: string;
  readonly address: string;
  /** A rule each; what the child has must be among them. */
  readonly grants: readonly string[];
  /** What the parent has of these the child must have too. */
  readonly denials: readonly string[];
}

const DISPLAY_SOCKETS = ["wayland", "x11", "fallback-x11", "inherit-wayland-socket"];
const DOCUMENTS = "org.freedesktop.portal.Documents";
const SOUND_SOCKETS = ["pulseaudio"];

/** Places in the app's own data, on top of the empty data of a closed part: the grants of a run never reach below the folder of all apps. */
export function placeInData(plan: Plan, places: readonly SubSandboxPlace[]): Plan {
  const binds = places
    .filter(({ inData }) => inData)
    .map(({ from, to, isDirectory, writable, dev, ino }): Operation => {
      const source = { type: isDirectory ? "directory" : "file", dev: BigInt(dev), ino: BigInt(ino) } as const;
      return { kind: "bind", from, to, source, access: writable ? "rw" : "ro", because: { reason: "the app gives it on to its part", origin: null } };
    });
  return { ...plan, operations: [...plan.operations, ...binds] };
}

/** The permissions of the part: those of the whole, without what the limits take away. */
export function limitPermissions(permissions: Permissions, limits: SubSandboxLimits): Permissions {
  const { closed } = limits;
  const environment = new Map(permissions.environment);
  for (const [name, value] of limits.environment) {
    environment.set(name, { value, origin: { layer: "command-line", file: "", line: 0, column: 0, text: `--env=${name}` } });
  }
  const only = (list: ReadonlyMap<string, NamedPermission>, names: readonly string[]): ReadonlyMap<string, NamedPermission> =>
    new Map([...list].filter(([name]) => names.includes(name)));
  const withoutNetwork = (shared: ReadonlyMap<string, NamedPermission>): ReadonlyMap<string, NamedPermission> =>
    limits.noNetwork ? new Map([...shared].filter(([name]) => name !== "network")) : shared;
  if (closed === null) return { ...permissions, environment, shared: withoutNetwork(permissions.shared) };
  const denied = <T extends { readonly level: string }>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...map].filter(([, { level }]) => level === "none"));
  return {
    ...permissions,
    environment,
    shared: withoutNetwork(only(permissions.shared, closed.display ? ["network", "ipc"] : ["network"])),
    sockets: only(permissions.sockets, [...(closed.display ? DISPLAY_SOCKETS : []), ...(closed.sound ? SOUND_SOCKETS : [])]),
    devices: closed.graphics ? graphicsOf(permissions.devices) : new Map(),
    features: new Map(),
    filesystems: new Map([...permissions.filesystems].filter(([, { mode }]) => mode === "none")),
    binds: [],
    persistent: [],
    sessionBus: denied(permissions.sessionBus),
    systemBus: denied(permissions.systemBus),
    busRules: new Map(),
    busSets: new Map(),
    settings: new Map([...permissions.settings].filter(([name]) => name !== "nested")),
    deviceUses: new Map([...permissions.deviceUses].filter(([, { allowed }]) => !allowed)),
    usb: { enumerable: [], hidden: [] },
  };
}

/**
 * A closed part speaks for nobody: it has none of the app's names, since who calls one means the whole app, and no documents, which are the whole app's too.
 * What else the portals do not do for parts: portals/core/parts.ts.
 */
export function withoutNames(plan: Plan): Plan {
  const because = "a closed part of an app has no documents of the app's";
  return {
    ...plan,
    buses: plan.buses.map((bus) =>
      bus.name !== "session" ? bus : { ...bus, policy: { ...bus.policy, names: [], hidden: [...bus.policy.hidden, { name: DOCUMENTS, because }] } },
    ),
  };
}

/** `devices=all` has the graphics device among the rest. */
function graphicsOf(devices: ReadonlyMap<string, NamedPermission>): ReadonlyMap<string, NamedPermission> {
  const found = devices.get("dri") ?? devices.get("all");
  return found === undefined ? new Map() : new Map([["dri", { ...found, name: "dri" }]]);
}

export function rightsOf(plan: Plan): SandboxRights {
  return {
    appId: plan.appId,
    network: !plan.namespaces.network,
    ipc: !plan.namespaces.ipc,
    mounts: mountsOf(plan.operations),
    filter: Buffer.from(plan.filter).toString("base64"),
    nested: plan.nested,
    scopes: plan.scopes,
    hasLandlock: plan.landlock.off === null,
    buses: plan.buses.map(busRights),
    followed: plan.followed.map((file) => [file.writable, file.copies, file.path, `${file.stage}/${file.name}`, file.stageDev, file.stageIno].join(" ")),
  };
}

const PLACELESS: ReadonlySet<string> = new Set(["directory", "symlink", "listen"]);

function mountsOf(operations: readonly Operation[]): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const operation of operations) {
    if (operation.kind === "bind") mounts.push([operation.to, `bind-${operation.access}`, operation.from]);
    else if (operation.kind === "link-bind") mounts.push([operation.to, "bind-ro", operation.from]);
    else if (operation.kind === "x11-stranger") mounts.push([operation.to, operation.kind, operation.server]);
    else if (operation.kind === "wayland-context") mounts.push([operation.to, operation.kind, operation.compositor]);
    else if (operation.kind === "proc") mounts.push([operation.to, operation.whole ? "proc-whole" : "proc", ""]);
    else if (operation.kind === "remount-ro") {
      const at = mounts.findLastIndex(([to]) => to === operation.to);
      const [to, kind, from] = mounts[at] ?? ["", "", ""];
      if (kind === "bind-rw") mounts[at] = [to, "bind-ro", from];
    } else if (!PLACELESS.has(operation.kind)) mounts.push([operation.to, operation.kind, ""]);
  }
  return mounts;
}

function busRights(bus: PlanBus): BusRights {
  const { name, address } = bus;
  if (isSoundServer(bus)) return { name, address, grants: [JSON.stringify(bus.policy)], denials: [] };
  const { policy } = bus;
  return {
    name,
    address,
    grants: [
      ...(policy.filter ? [] : ["unfiltered"]),
      ...(policy.sloppyNames ? ["sloppy"] : []),
      ...policy.names.map((rule) => `${rule.level} ${rule.name}`),
      ...policy.calls.map((rule) => `call ${rule.name}=${rule.rule}`),
      ...policy.broadcasts.map((rule) => `broadcast ${rule.name}=${rule.rule}`),
      ...(policy.aliases ?? []).map((alias) => `alias ${JSON.stringify(alias)}`),
    ],
    denials: [
      ...(policy.refusesHandOver === true ? ["no hand-over"] : []),
      ...(policy.ownReferences === undefined ? [] : [`no objects of others ${JSON.stringify(policy.ownReferences)}`]),
      ...policy.hidden.map((rule) => rule.name),
      ...(policy.withheld ?? []).map(({ portal }) => `no portal ${portal}`),
    ],
  };
}

/**
 * Why the plan goes beyond the rights of the sandbox that asked for it, or null.
 * INVARIANT: whatever changed since the app was started (its manifest, the user's overrides, the host), its parts never have more than it has.
 */
export function whyBeyond(plan: Plan, rights: SandboxRights, places: readonly SubSandboxPlace[]): string | null {
  const own = rightsOf(plan);
  if (own.appId !== rights.appId) return `what belongs to \`${own.appId}\``;
  const followed = own.followed.find((bind) => !rights.followed.includes(bind));
  if (followed !== undefined) return "another file that is followed on the host";
  if (own.network && !rights.network) return "the network";
  if (own.ipc && !rights.ipc) return "the host's IPC namespace";
  if (own.nested !== "none" && own.nested !== rights.nested) return "sandboxes of its own";
  if (own.filter !== rights.filter && own.filter !== plainFilter(plan)) return "system calls";
  if (rights.scopes.some((scope) => !own.scopes.includes(scope))) return "processes and sockets outside";
  if (rights.hasLandlock && !own.hasLandlock) return "paths without Landlock";
  return (
    own.buses.map((bus) => busBeyond(bus, rights.buses)).find((found) => found !== null) ??
    plan.operations.map((operation) => exchanged(operation, places)).find((found) => found !== null) ??
    own.mounts.map((mount) => mountBeyond(mount, rights.mounts, places)).find((found) => found !== null) ??
    rights.mounts.map((mount) => coverMissing(mount, own.mounts, rights.mounts)).find((found) => found !== null) ??
    null
  );
}

/** Which machine it is for does not matter to what it refuses: both filters come from this process. */
function plainFilter({ filter }: Plan): string {
  const features = { devel: false, bluetooth: false, canbus: false, nested: "none" } as const;
  const plain = (["x86_64", "aarch64"] as const).map((machine) => Buffer.from(makeFilter(features, machine)).toString("base64"));
  const mine = Buffer.from(filter).toString("base64");
  return plain.find((one) => one === mine) ?? "";
}

function busBeyond(bus: BusRights, parents: readonly BusRights[]): string | null {
  const parent = parents.find(({ name, address }) => name === bus.name && address === bus.address);
  if (parent === undefined) return `the ${bus.name} bus`;
  const grant = bus.grants.find((one) => !parent.grants.includes(one));
  if (grant !== undefined) return `\`${grant}\` on the ${bus.name} bus`;
  const denial = parent.denials.find((one) => !bus.denials.includes(one));
  return denial === undefined ? null : `\`${denial}\` on the ${bus.name} bus`;
}

/** The app could exchange what it gave before the plan was made. */
function exchanged(operation: Operation, places: readonly SubSandboxPlace[]): string | null {
  if (operation.kind !== "bind") return null;
  const place = places.find(({ to }) => to === operation.to);
  if (place === undefined) return null;
  const isSame = String(operation.source.dev) === place.dev && String(operation.source.ino) === place.ino;
  return isSame && (place.writable || operation.access === "ro") ? null : `\`${operation.to}\`, which is another file by now`;
}

/** What lies on top at a path: what comes later covers what came before. */
function topAt(path: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts.findLast(([to]) => isBelow(path, to));
}

const RANK: Readonly<Record<string, number>> = { "bind-ro": 1, "bind-rw": 2, "bind-dev": 3 };
/** Show nothing of the host; or, `sysfs`, what every sandbox without network sees in the place of the host's. */
const HARMLESS: ReadonlySet<string> = new Set(["tmpfs", "data", "proc", "mqueue", "sysfs"]);

function shows([to, kind, from]: Mount, path: string): { readonly from: string; readonly rank: number } | null {
  const rank = RANK[kind];
  return rank === undefined ? null : { from: path === to ? from : `${from === "/" ? "" : from}${path.slice(to === "/" ? 0 : to.length)}`, rank };
}

function mountBeyond(mount: Mount, parents: readonly Mount[], places: readonly SubSandboxPlace[]): string | null {
  const [to, kind, from] = mount;
  // Of the app's data a closed part, and one of data of its own, see other places than the data has.
  if (HARMLESS.has(kind) || places.some((place) => place.to === to && !place.inData)) return null;
  const top = topAt(to, parents);
  const mine = shows(mount, to);
  if (mine === null) return parents.some((one) => one[1] === kind && one[2] === from && one[0] === to) ? null : `\`${to}\` (${kind})`;
  const theirs = top === undefined ? null : shows(top, to);
  const isTheirs = theirs !== null && theirs.from === mine.from && theirs.rank >= mine.rank;
  return isTheirs || parents.some((one) => showsElsewhere(one, mine, parents)) ? null : `\`${to}\``;
}

/** The parent sees the same place of the host, all of it, under another name. */
function showsElsewhere(mount: Mount, { from, rank }: { readonly from: string; readonly rank: number }, parents: readonly Mount[]): boolean {
  const theirs = shows(mount, mount[0]);
  if (theirs === null || theirs.rank < rank || !isBelow(from, theirs.from)) return false;
  const place = `${mount[0]}${from.slice(theirs.from.length)}`;
  return topAt(place, parents) === mount && !parents.some(([to]) => to !== place && isBelow(to, place));
}

/** What hid or held something in the app must do so in its part, or the place must not be there. */
function coverMissing(mount: Mount, children: readonly Mount[], parents: readonly Mount[]): string | null {
  const [to] = mount;
  if (topAt(to, parents) !== mount) return null;
  const top = topAt(to, children);
  const seen = top === undefined || top[0] === to ? null : shows(top, to);
  if (seen === null) return null;
  const theirs = shows(mount, to);
  return theirs !== null && theirs.from === seen.from && theirs.rank >= seen.rank ? null : `\`${to}\`, which is covered in the app`;
}
