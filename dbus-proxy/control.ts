// What the broker tells the bus process, and what comes back. One JSON value per frame (native/frames.ts, BusFrame.MESSAGE).
import type { ProxyPolicy } from "./policy/policy.ts";
import type { SoundPolicy } from "./pulse/policy.ts";

export type MessageBusName = "session" | "system" | "a11y";
/** `pulse` is no bus but the sound server; it is listened for, connected to and reported in the same way. */
export type BusName = MessageBusName | "pulse";

/** One of them with what the app may do there. */
export type ServedBus = { readonly name: MessageBusName; readonly policy: ProxyPolicy } | { readonly name: "pulse"; readonly policy: SoundPolicy };

/** Broker to bus process. Descriptors ride with `instance`: the listening sockets in the order of `buses`, then the connector's socket. */
export type BusRequest =
  | {
      readonly type: "instance";
      readonly instance: string;
      readonly appId: string;
      readonly buses: readonly ServedBus[];
    }
  /** With one descriptor: the socket of a connector whose bus process is gone. What the instance is, the connector tells. */
  | { readonly type: "resume" }
  | { readonly type: "policy"; readonly instance: string; readonly bus: MessageBusName; readonly policy: ProxyPolicy }
  | { readonly type: "policy"; readonly instance: string; readonly bus: "pulse"; readonly policy: SoundPolicy }
  | { readonly type: "close"; readonly instance: string }
  | { readonly type: "status" };

export type InstanceRequest = Extract<BusRequest, { type: "instance" }>;

/** Bus process to broker. */
export type BusReport =
  | {
      readonly type: "verdict";
      readonly instance: string;
      readonly bus: BusName;
      readonly verdict: "allow" | "deny" | "hide";
      readonly because: string;
      readonly message: string;
      readonly count: number;
    }
  | { readonly type: "gone"; readonly instance: string }
  | { readonly type: "status"; readonly instances: readonly { readonly instance: string; readonly connections: number }[] };
