// A connection with portals, whose broker and whose findings about the host's services the test plays.
import type { Finding } from "../../../dbus-proxy/bus-process/identity.ts";
import { PortalGate } from "../../../dbus-proxy/bus-process/portal-gate.ts";
import type { Connection } from "../../../dbus-proxy/connection/connection.ts";
import type { BusReport, InstanceRequest, PortalRoutes } from "../../../dbus-proxy/control.ts";
import type { PortalHead } from "../../../dbus-proxy/portal-frame.ts";
import { type Making, type Played, playConnection } from "./played.ts";

export interface Sent {
  readonly head: PortalHead;
  readonly message: Uint8Array;
  readonly fds: readonly number[];
}

export interface PlayedBroker {
  readonly gate: PortalGate;
  /** What went up to it. Descriptors are the test's to close. */
  readonly sent: Sent[];
  readonly reports: BusReport[];
  /** Names whose owners were to be asked whom they take for the caller. */
  readonly asked: string[];
  readonly problems: string[];
  buses: InstanceRequest["buses"];
  hasCameras: boolean;
  /** Whether a broker is there. */
  there: boolean;
  /** The answers to come, for each question. */
  readonly findings: Finding[];
  /** How often whoever waits was told to look again. */
  routed: number;
  connection: Connection | undefined;
}

export const KNOWN: Finding = { kind: "known", owner: "", because: "" };

export function makeBroker(): PlayedBroker {
  const broker: PlayedBroker = {
    gate: undefined as unknown as PortalGate,
    sent: [],
    reports: [],
    asked: [],
    problems: [],
    buses: [],
    hasCameras: false,
    there: true,
    findings: [],
    routed: 0,
    connection: undefined,
  };
  const gate = new PortalGate({
    request: () => ({ type: "instance", instance: "1", appId: "org.test.App", buses: broker.buses, portals: { some: "thing" } }),
    frame: (head, message, fds) => {
      if (broker.there) broker.sent.push({ head, message, fds });
      return broker.there;
    },
    report: (report) => {
      broker.reports.push(report);
      return broker.there;
    },
    routed: () => {
      broker.routed++;
      broker.connection?.portalsRouted();
    },
    ownerChanged: (names, from, to) => broker.connection?.portalOwnerChanged(names, from, to),
    findIdentity: async (name) => {
      broker.asked.push(name);
      return broker.findings.shift() ?? KNOWN;
    },
    hasCameras: () => broker.hasCameras,
    identityProblem: (name, because) => void broker.problems.push(`${name}: ${because}`),
  });
  return Object.assign(broker, { gate });
}

export async function playWithPortals(making: Making = {}): Promise<Played & { readonly broker: PlayedBroker }> {
  const broker = makeBroker();
  const played = await playConnection({ ...making, portals: broker.gate });
  broker.connection = played.connection;
  return { ...played, broker };
}

export const OWNER = ":0.1";

export function routes(more: Partial<PortalRoutes> = {}): PortalRoutes {
  return { owner: OWNER, names: [], interfaces: [], paths: [], ...more };
}
