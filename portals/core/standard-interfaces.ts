// What every object answers: introspection, properties, pings; and the objects of requests and sessions.
import type { Answered, ReadCall } from "./dispatch.ts";
import { readProperty } from "./dispatch.ts";
import type { PortalInstance } from "./instance.ts";
import { interfaceXml, nodeXml, REQUEST_XML, SESSION_XML, STANDARD } from "./introspection.ts";
import type { Portal, PortalEntry } from "./portal.ts";
import { variant } from "./portal.ts";
import { busError } from "./portal-error.ts";
import { REQUEST_INTERFACE } from "./requests.ts";
import { SESSION_INTERFACE } from "./sessions.ts";

const PREFIX = "org.freedesktop.DBus.";
const NOTHING: Answered = { signature: "", values: [] };

export interface StandardCall {
  readonly instance: PortalInstance;
  readonly client: string;
  readonly call: ReadCall;
  readonly entries: readonly PortalEntry[];
  readonly children: readonly string[];
  /** A client that reads a portal's properties is about to listen to its signals. */
  use(portal: Portal): void;
}

/** Names of the next path elements below `path`. */
export function childrenOf(path: string, paths: readonly string[]): readonly string[] {
  const stem = path === "/" ? "/" : `${path}/`;
  return [...new Set(paths.filter((one) => one.startsWith(stem)).map((one) => one.slice(stem.length).split("/")[0] as string))];
}

/** Undefined where the call is none of these. */
export async function answerStandard(standard: StandardCall): Promise<Answered | undefined> {
  const { instance, client, call } = standard;
  const { header } = call;
  if (instance.requests.has(header.path) && header.member === "Close" && (header.interface === "" || header.interface === REQUEST_INTERFACE)) {
    instance.requests.close(client, header.path);
    return NOTHING;
  }
  if (instance.sessions.has(header.path) && header.member === "Close" && (header.interface === "" || header.interface === SESSION_INTERFACE)) {
    instance.sessions.close(client, header.path);
    return NOTHING;
  }
  if (!header.interface.startsWith(PREFIX)) return undefined;
  switch (`${header.interface.slice(PREFIX.length)}.${header.member} ${header.signature}`) {
    case "Peer.Ping ":
      return NOTHING;
    case "Introspectable.Introspect ":
      return { signature: "s", values: [await introspect(standard)] };
    case "Properties.Get ss":
      return get(standard, String(call.args[0]), String(call.args[1]));
    case "Properties.GetAll s":
      return getAll(standard, String(call.args[0]));
    case "Properties.Set ssv":
      throw busError("PropertyReadOnly", "properties of portals are read-only");
    default:
      throw busError("UnknownMethod", `no method \`${header.member}\` with arguments \`${header.signature}\` in \`${header.interface}\``);
  }
}

async function introspect({ instance, call: { header }, entries, children }: StandardCall): Promise<string> {
  if (instance.requests.has(header.path)) return nodeXml([STANDARD, REQUEST_XML], children);
  if (instance.sessions.has(header.path) && entries.length === 0) return nodeXml([STANDARD, SESSION_XML], children);
  if (entries.length === 0 && children.length === 0) throw busError("UnknownObject", `no object at \`${header.path}\``);
  const portals = await Promise.all(entries.map((entry) => entry.load()));
  return nodeXml(entries.length === 0 ? [] : [STANDARD, ...portals.map(interfaceXml)], children);
}

async function get(standard: StandardCall, interfaceName: string, name: string): Promise<Answered> {
  if (interfaceName === SESSION_INTERFACE && standard.instance.sessions.has(standard.call.header.path) && name === "version") {
    return { signature: "v", values: [variant("u", 1)] };
  }
  const { signature, value } = await readProperty(await portalOf(standard, interfaceName), name, standard.instance);
  return { signature: "v", values: [variant(signature, value)] };
}

async function getAll(standard: StandardCall, interfaceName: string): Promise<Answered> {
  const portal = await portalOf(standard, interfaceName);
  const names = [...Object.keys(portal.properties ?? {}), "version"];
  const values = await Promise.all(names.map((name) => readProperty(portal, name, standard.instance)));
  return { signature: "a{sv}", values: [names.map((name, index) => [name, values[index] as { signature: string; value: never }])] };
}

async function portalOf({ entries, use, call: { header } }: StandardCall, interfaceName: string): Promise<Portal> {
  const entry = entries.find((one) => one.interface === interfaceName);
  if (entry === undefined) throw busError("UnknownInterface", `no interface \`${interfaceName}\` at \`${header.path}\``);
  const portal = await entry.load();
  use(portal);
  return portal;
}
