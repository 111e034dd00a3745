// What the broker tells the bus process, and what comes back. One JSON value per frame (native/frames.ts, BusFrame.MESSAGE).
import type { CameraPolicy } from "./pipewire/policy.ts";
import type { ProxyPolicy } from "./policy/policy.ts";
import type { SoundPolicy } from "./pulse/policy.ts";

export type MessageBusName = "session" | "system" | "a11y";
/** These are no buses but sound servers; they are listened for, connected to and reported in the same way. */
export type SoundName = "pulse" | "pipewire";
export type BusName = MessageBusName | SoundName;

/** One of them with what the app may do there. */
export type ServedBus = { readonly name: MessageBusName; readonly policy: ProxyPolicy } | { readonly name: SoundName; readonly policy: SoundPolicy };

export function isSound(name: BusName): name is SoundName {
  return name === "pulse" || name === "pipewire";
}

export function isSoundServer(bus: ServedBus): bus is Extract<ServedBus, { policy: SoundPolicy }> {
  return isSound(bus.name);
}

/** Broker to bus process. Descriptors ride with `instance`: the listening sockets in the order of `buses`, then the connector's socket. */
export type BusRequest =
  | {
      readonly type: "instance";
      readonly instance: string;
      readonly appId: string;
      readonly buses: readonly ServedBus[];
      /** The app has portals of the broker's. What it is, is the broker's own affair: it comes back with `portals-wanted`, for a broker that knows nothing yet. */
      readonly portals?: unknown;
    }
  /** With one descriptor: the socket of a connector whose bus process is gone. What the instance is, the connector tells. */
  | { readonly type: "resume" }
  | { readonly type: "policy"; readonly instance: string; readonly bus: MessageBusName; readonly policy: ProxyPolicy }
  | { readonly type: "policy"; readonly instance: string; readonly bus: SoundName; readonly policy: SoundPolicy }
  /** Who serves which portals from now on. From then on calls for them come up as BusFrame.PORTAL. */
  | ({ readonly type: "portals"; readonly instance: string } & PortalRoutes)
  /** With two descriptors: one end of a pair whose other end the app gets, and a connection to PipeWire. Cameras are all that goes between them. */
  | { readonly type: "cameras"; readonly instance: string; readonly policy: CameraPolicy }
  /** The user took his leave back: what such connections there are end. */
  | { readonly type: "no-cameras"; readonly instance: string }
  | { readonly type: "close"; readonly instance: string }
  | { readonly type: "status" };

export interface PortalRoutes {
  /** The unique name that the app sees the broker's portals under; of no bus. */
  readonly owner: string;
  /** Well-known names that it owns in the eyes of the app. */
  readonly names: readonly string[];
  /** Interfaces that the broker serves on the portal object of the host, in the place of the host's or because it has none. Null: not known yet. */
  readonly interfaces: readonly string[] | null;
  /** Objects of the broker's that live now, such as open requests. */
  readonly paths: readonly string[];
}

export type InstanceRequest = Extract<BusRequest, { type: "instance" }>;

/** `calls`: the app's, which no answer came to yet. */
export interface InstanceStatus {
  readonly instance: string;
  readonly connections: number;
  readonly calls: number;
}

/** Bus process to broker. */
export type BusReport =
  | {
      readonly type: "verdict";
      readonly instance: string;
      readonly appId: string;
      readonly bus: BusName;
      readonly verdict: "allow" | "deny" | "hide";
      readonly because: string;
      readonly message: string;
      readonly count: number;
    }
  /** An app asks for portals, and nobody said yet who serves them. */
  | {
      readonly type: "portals-wanted";
      readonly instance: string;
      readonly appId: string;
      readonly portals: unknown;
      /** It has connections to cameras, from an earlier broker. */
      readonly cameras?: true;
    }
  /** A connection that the broker heard of is over. */
  | { readonly type: "portal-client-gone"; readonly instance: string; readonly client: string }
  /** From another bus process before: calls that wait for the broker, which answers those that it does not know. */
  | { readonly type: "portal-calls"; readonly instance: string; readonly client: string; readonly serials: readonly number[] }
  | { readonly type: "gone"; readonly instance: string }
  | { readonly type: "status"; readonly instances: readonly InstanceStatus[] };
