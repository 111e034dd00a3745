// The broker's portal service: loaded when an app first asks for portals, and the data that a launch leaves for it.
import { existsSync, statSync } from "node:fs";
import type { BusReport } from "../../dbus-proxy/control.ts";
import type { PortalFrame } from "../../dbus-proxy/portal-frame.ts";
import type { Addon } from "../../native/addon.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { PortalOrigin, PortalService } from "../../portals/door.ts";
import { messagesFor } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { type Installation, type Plan, viewsOf } from "../plan/door.ts";
import type { BusLink } from "./bus-link.ts";
import { guardedFor } from "./guarded-paths.ts";
import { type Part, partsOrigin, type SubSandboxes } from "./sub-sandboxes.ts";

export interface PortalsParts {
  readonly addon: Addon;
  readonly uid: number;
  readonly parts: SubSandboxes;
  bus(): BusLink;
  note(event: string, values: Readonly<Record<string, unknown>>): void;
}

export interface Portals {
  report(report: BusReport): void;
  /** Methods that an app of this instance called and that have not been answered. */
  openRequests(instance: string): Promise<readonly string[]>;
  receive(frame: PortalFrame, descriptors: readonly number[]): void;
  /** A sandbox stands. Where its app may have documents, they are shown before it asks for any. */
  launched(instance: string, appId: string, origin: PortalOrigin): void;
}

export function createPortals(parts: PortalsParts): Portals {
  let loading: Promise<PortalService> | undefined;
  let service: PortalService | undefined;
  const load = (): Promise<PortalService> => {
    loading ??= import("../../portals/door.ts").then(({ createPortalService }) => {
      service = createPortalService({
        addon: parts.addon,
        uid: parts.uid,
        pid: process.pid,
        say: (key, values, environment) => renderText(key, values, messagesFor(new Map(Object.entries(environment)))).trimEnd(),
        frame: (head, message, descriptors) => parts.bus().portalFrame(head, message, descriptors),
        route: (request, descriptors = []) =>
          void parts
            .bus()
            .send(request, descriptors)
            .catch((error: Error) => parts.note("portals", { detail: error.message })),
        startSubSandbox: (owner, wish) => parts.parts.start(owner, wish),
        note: parts.note,
      });
      return service;
    });
    return loading;
  };
  return {
    report(report) {
      // Behind whatever came before and waits for the service to load.
      if (report.type === "gone") void loading?.then((loaded) => loaded.ended(report.instance));
      else if (report.type === "portals-wanted") void load().then((loaded) => loaded.report(report));
      else service?.report(report);
    },
    launched(instance, appId, origin) {
      if (mayHaveDocuments(origin)) void load().then((loaded) => loaded.launched(instance, appId, origin));
    },
    openRequests: async (instance) => (await service?.openRequests(instance)) ?? [],
    receive({ head, message }, descriptors) {
      if (service !== undefined) service.receive(head, message, descriptors);
      else for (const descriptor of descriptors) parts.addon.close(descriptor);
    },
  };
}

function mayHaveDocuments({ environment }: PortalOrigin): boolean {
  const runtime = environment["XDG_RUNTIME_DIR"] ?? "";
  const state = environment["XDG_STATE_HOME"] || `${environment["HOME"] ?? ""}/.local/state`;
  try {
    return existsSync(`${state}/tsbox/documents`) || statSync(`${runtime}/doc`).dev !== statSync(runtime).dev;
  } catch {
    return false;
  }
}

/** Of the caller's environment: what programs need that are started outside on the app's behalf. Not what is good for one start: each would be an environment of its own. */
const PASSED =
  /^(HOME|USER|LOGNAME|SHELL|PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_(?!ACTIVATION_TOKEN$)[A-Z_]+|DESKTOP_SESSION|GSETTINGS_BACKEND|GTK_THEME|PIPEWIRE_(?:REMOTE|RUNTIME_DIR)|TSBOX_DIALOGS|QT_QPA_PLATFORMTHEME|(?:https?|ftp|all|no)_proxy|(?:HTTPS?|FTP|ALL|NO)_PROXY)$/;
const SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

export interface StartedRun {
  readonly plan: Plan;
  readonly appAt: number;
  readonly part?: Part | undefined;
}

/** Options that take nothing of an app's away, whatever their value; all others may. */
const ADDING = /^--(command|cwd|timing|fd|file-forwarding|env|instance|from|accept-lower|share|socket|device|allow|talk-name|own-name|no-plan-cache)(=(?!!)|$)/;

/** Whether a run may have less than its app: then what starts that app anew is not for it. */
function isNarrowed(options: readonly string[]): boolean {
  return options.some((word) => word.startsWith("-") && !ADDING.test(word) && !/^--filesystem=[^!].*$(?<!:ro)/s.test(word));
}

export function environmentOutside(environment: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...environment].filter(([name]) => PASSED.test(name)));
}

/** Undefined where the app has no filtered session bus: then there is nothing to serve portals on. */
export function portalOrigin({ plan, appAt, part }: StartedRun, request: FrontRequest, installation: Installation): PortalOrigin | undefined {
  const session = plan.buses.find((bus) => bus.name === "session");
  if (session === undefined || session.name !== "session" || !session.policy.filter) return undefined;
  const environment = environmentOutside(request.environment);
  const { withheld = [] } = session.policy;
  return {
    version: 1,
    sessionBus: session.address,
    systemBus: request.environment.get("DBUS_SYSTEM_BUS_ADDRESS") ?? SYSTEM_BUS,
    environment: { ...environment, XDG_RUNTIME_DIR: request.runtimeDirectory },
    network: !plan.namespaces.network,
    dataFolder: `${environment["HOME"] ?? ""}/.var/app/${plan.appId}`,
    ...viewsOf(plan.operations),
    ...(withheld.length === 0 ? {} : { withheld: withheld.map(({ portal }) => portal) }),
    ...(part === undefined ? {} : { part: part.limits.closed === null ? "open" : "closed" }),
    ...(isNarrowed(request.argv.slice(1, appAt)) ? { narrowed: true } : {}),
    guarded: guardedFor(plan, environment, request, installation),
    tsbox: installation.binary,
    parts: partsOrigin(plan, request, appAt, part),
  };
}
