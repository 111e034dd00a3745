// One app in the eyes of portals: who it is, from our own records, and what its portals may use.
import type { Addon } from "../../native/addon.ts";
import type { Camera } from "../../dbus-proxy/pipewire/policy.ts";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import type { BusClient } from "../host-bus/bus-client.ts";
import type { PermissionStore } from "../store/permission-store.ts";
import type { Requests } from "./requests.ts";
import type { Sessions } from "./sessions.ts";
import type { RefusedPart, SubSandbox, SubSandboxWish } from "./sub-sandbox.ts";

/** All that a launch leaves for its portals; plain data, since it outlives the broker with the connector. */
export interface PortalOrigin {
  readonly version: 1;
  /** What the connector connects to: a path or `@abstract`. */
  readonly sessionBus: string;
  /** A D-Bus address. */
  readonly systemBus: string;
  /** Of the user who started the app, for programs that portals start outside. */
  readonly environment: Readonly<Record<string, string>>;
  /** The app shares the host's network. */
  readonly network: boolean;
  /** The app's own folder, `~/.var/app/ID`. */
  readonly dataFolder: string;
  /** What the app sees of the host, by path inside: where a descriptor of its leads outside. */
  readonly views: readonly { readonly inside: string; readonly outside: string; readonly writable: boolean }[];
  /** Places inside where something else lies over a view. Missing: the app was started by an earlier version, which did not tell. */
  readonly covers?: readonly string[];
  /** Interfaces that its manifest takes from it, by their names behind `org.freedesktop.portal.`. */
  readonly withheld?: readonly string[];
  /** It is a part of another sandbox of its app. `closed`: with nothing of what the app was granted but what it was given on. */
  readonly part?: "open" | "closed";
  /** Its command line may have taken something of the app's away. */
  readonly narrowed?: true;
  /** Places that something outside trusts: a folder document never is, holds or lies in one. Links not resolved. */
  readonly guarded?: readonly string[];
  /** The program that starts apps, for what must start one later. */
  readonly tsbox: string;
  /** What the launcher needs to start a part of this app in a sandbox of its own; its own affair. Missing: it cannot. */
  readonly parts?: unknown;
}

export interface PortalInstance {
  readonly id: string;
  readonly appId: string;
  readonly origin: PortalOrigin;
  readonly addon: Addon;
  readonly requests: Requests;
  readonly sessions: Sessions;
  /** `$XDG_STATE_HOME/tsbox` of the user who started the app. */
  readonly stateFolder: string;
  readonly store: PermissionStore;
  /** A text of ours for the user, with values made safe to show. */
  say(key: string, values?: Readonly<Record<string, string>>): string;
  /** Each connects when first asked for. Rejects where there is no such bus. */
  sessionBus(): Promise<BusClient>;
  systemBus(): Promise<BusClient>;
  /** `client` "": to each connection with a match rule for it. */
  emit(client: string, path: string, interfaceName: string, member: string, signature: string, values: readonly Value[]): void;
  /** Once the answer to the call at hand went out. */
  readonly after: (work: () => void) => void;
  objectOpened(path: string): void;
  objectClosed(path: string): void;
  /** Made once for this instance; `close` runs at its end. */
  own<T>(key: string, make: () => T, close?: (made: T) => void): T;
  /** Made once for all instances; `close` runs at the end of the last one. What depends on the user's environment has it in its key. */
  shared<T>(key: string, make: () => T, close?: (made: T) => void): T;
  /** The host has a document portal: documents are its own. */
  readonly hasHostDocuments: boolean;
  /** Has the bus process speak for PipeWire, which `server` is connected to, on one end of a pair: with cameras, and nothing else. Owns both descriptors. */
  serveCameras(known: readonly Camera[], end: number, server: number): void;
  /** Ends all such connections of the app's. */
  endCameras(): void;
  /** Starts a sandbox of the same app with less. */
  startSubSandbox(wish: SubSandboxWish): SubSandbox | RefusedPart;
  /** What the app was given earlier is there, or cannot be. */
  readonly documentsShown: Promise<void>;
  /** When a connection of the app ends. */
  onClientGone(gone: (client: string) => void): void;
  readonly note: (event: string, values: Readonly<Record<string, unknown>>) => void;
}
