// What a portal is: its interface as data, and what its methods do. A portal is one file with one such object, and one line in list.ts.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "./instance.ts";
import type { PortalRequest } from "./requests.ts";

export const DESKTOP_PATH = "/org/freedesktop/portal/desktop";
export const DOCUMENTS_PATH = "/org/freedesktop/portal/documents";
export const FLATPAK_PATH = "/org/freedesktop/portal/Flatpak";
/** The kind of sessions that `org.freedesktop.portal.Flatpak.CreateUpdateMonitor` makes. */
export const UPDATE_MONITOR = "update-monitor";

/** Descriptors that came with a call, and those that go with its answer. What is not taken is closed when the call is answered. */
export interface Descriptors {
  /** The descriptor that an `h` stands for; the taker closes it. Throws InvalidArgument where there is none. */
  take(index: Value | undefined): number;
  /** Goes with the answer, which owns it from now on: its value for an `h`. */
  give(fd: number): number;
}

export interface PortalCall {
  readonly instance: PortalInstance;
  /** Unique name of the connection that called, as the app knows it. */
  readonly client: string;
  readonly path: string;
  /** Interface and member. */
  readonly method: string;
  readonly args: readonly Value[];
  readonly descriptors: Descriptors;
}

export type Reply = readonly Value[];

export interface PortalMethod {
  /** Signature of the arguments and of the answer. */
  readonly in: string;
  readonly out: string;
  /** Names of the arguments, in before out, for introspection. */
  readonly names: readonly string[];
  run(call: PortalCall): Reply | Promise<Reply>;
}

export interface PortalProperty {
  readonly type: string;
  get(instance: PortalInstance): Value | Promise<Value>;
}

export interface Portal {
  readonly interface: string;
  readonly version: number;
  readonly path?: string;
  readonly methods: Readonly<Record<string, PortalMethod>>;
  /** Signatures by name. */
  readonly signals?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, PortalProperty>>;
  /** Runs when an app first uses it: what must be watched for its signals. */
  started?(instance: PortalInstance): unknown;
}

/** How a portal stands in the list: loaded when it is first used, and served only where `offered` says so. */
export interface PortalEntry {
  readonly interface: string;
  readonly path: string;
  load(): Promise<Portal>;
  /** It stands on the objects of sessions of this kind instead. */
  readonly sessions?: string;
  /** Whether this session has what it needs; absent: always. What is not offered is not advertised. */
  offered?(instance: PortalInstance): boolean | Promise<boolean>;
}

/** What a dialog or another slow thing may say in the end. */
export interface Answer {
  /** 0 done, 1 cancelled by the user, 2 ended otherwise. */
  readonly response: 0 | 1 | 2;
  readonly results?: Options;
  /** The request stays open: what it holds lasts until the app closes it. */
  readonly lasts?: boolean;
}

export type Options = ReadonlyMap<string, VariantValue>;

export interface RequestMethod {
  readonly in: string;
  readonly names: readonly string[];
  /** Known options (the last argument, a{sv}) and their types; others are dropped, another type is InvalidArgument. */
  readonly options: Readonly<Record<string, string>>;
  /** Checks what must be refused at once, and answers what is done after the handle went out. */
  begin(call: PortalCall, options: Options): (request: PortalRequest) => Promise<Answer>;
}

export const variant = (signature: string, value: Value): VariantValue => ({ signature, value });
