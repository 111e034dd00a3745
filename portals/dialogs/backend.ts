// Dialogs by a backend of the desktop's portals (org.freedesktop.impl.portal.*), found as xdg-desktop-portal finds them. Backends answer any program outside.
import { readdirSync, readFileSync } from "node:fs";
import { BUS_NAME, BUS_PATH } from "../../dbus-proxy/wire/message.ts";
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary } from "../core/options.ts";
import { DESKTOP_PATH, variant } from "../core/portal.ts";
import type { Dialogs, FileQuestion, NeighbourOffer } from "./dialogs.ts";
import { neighboursOf } from "./neighbours.ts";

const OF_THE_BUS = { destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME };
const IMPL = "org.freedesktop.impl.portal.";
/** Works with the compositor that it was made for; one for another desktop may be installed and started as well. */
const OF_THE_DESKTOP = "Screenshot";

interface Backend {
  readonly name: string;
  readonly interfaces: ReadonlySet<string>;
  readonly desktops: readonly string[];
}

export async function backendDialogs(instance: PortalInstance): Promise<Dialogs | undefined> {
  const found = [...(await findBackends(instance, "FileChooser")), ...(await findBackends(instance, "Access"))];
  const backend = await firstThatStarts(instance, new Map(found.map((one) => [one.name, one])));
  if (backend === undefined) return undefined;
  const ask = (portal: string, member: string, signature: string, args: readonly Value[], cancelled: AbortSignal): Promise<Results | undefined> =>
    askOne(instance, backend, { portal, member, signature, args, cancelled });
  return {
    driver: backend.name,
    async confirm({ title, text, appText, accept, refuse, parentWindow, cancelled }) {
      const options = dictionary({
        modal: variant("b", true),
        grant_label: variant("s", accept),
        deny_label: variant("s", refuse),
        icon: variant("s", "dialog-question"),
      });
      const body = appText === "" ? "" : `“${appText}”`;
      const answer = await ask("Access", "AccessDialog", "osssssa{sv}", [instance.appId, parentWindow, title, text, body, options], cancelled);
      return answer === undefined ? "none" : answer.response === 0 ? "yes" : "no";
    },
    async pickFiles(question) {
      const member = question.kind === "save" ? "SaveFile" : "OpenFile";
      const answer = await ask(
        "FileChooser",
        member,
        "osssa{sv}",
        [instance.appId, question.parentWindow, question.title, fileOptions(question)],
        question.cancelled,
      );
      if (answer === undefined) return undefined;
      if (answer.response !== 0) return null;
      const uris = (answer.results.get("uris")?.value ?? []) as readonly string[];
      const chosen = (answer.results.get("choices")?.value ?? []) as unknown as readonly (readonly [string, string])[];
      const beside = chosen.find(([id]) => id === NEIGHBOURS)?.[1];
      return { paths: uris.flatMap((uri) => pathOfUri(uri) ?? []), ...neighboursOf(question.neighbours, beside) };
    },
    async choose({ choices, preferred, cancelled }) {
      const ids = choices.map(({ id }) => id.replace(/\.desktop$/, ""));
      const options = dictionary({ last_choice: variant("s", preferred.replace(/\.desktop$/, "")) });
      const answer = await ask("AppChooser", "ChooseApplication", "ossasa{sv}", [instance.appId, "", ids, options], cancelled);
      if (answer === undefined) return undefined;
      const chosen = answer.response === 0 ? String(answer.results.get("choice")?.value ?? "") : "";
      return choices.find(({ id }) => id.replace(/\.desktop$/, "") === chosen)?.id ?? null;
    },
  };
}

export interface BackendQuestion {
  /** Behind `org.freedesktop.impl.portal.`. */
  readonly portal: string;
  readonly member: string;
  /** `args` are those behind the handle. */
  readonly signature: string;
  readonly args: readonly Value[];
  readonly fds?: readonly number[];
  readonly cancelled: AbortSignal;
}

function backendFor(instance: PortalInstance, portal: string): Promise<Backend | undefined> {
  return instance.own(`backend for ${portal}`, async () => (await findBackends(instance, portal))[0]);
}

export async function hasBackend(instance: PortalInstance, portal: string): Promise<boolean> {
  return (await backendFor(instance, portal)) !== undefined;
}

/** Undefined where no backend of this desktop has such a dialog, or it failed. */
export async function askBackend(instance: PortalInstance, question: BackendQuestion): Promise<Results | undefined> {
  const backend = await backendFor(instance, question.portal);
  return backend === undefined ? undefined : askOne(instance, backend, question);
}

async function askOne(instance: PortalInstance, backend: Backend, question: BackendQuestion): Promise<Results | undefined> {
  const { portal, member, signature, args, fds = [], cancelled } = question;
  if (!backend.interfaces.has(IMPL + portal)) return undefined;
  const bus = await instance.sessionBus();
  const handle = `${DESKTOP_PATH}/request/tsbox/q${nextQuestion(instance)}`;
  const close = (): void => void bus.call({ destination: backend.name, path: handle, interface: `${IMPL}Request`, member: "Close" }).catch(() => {});
  cancelled.addEventListener("abort", close);
  try {
    const request = { destination: backend.name, path: DESKTOP_PATH, interface: IMPL + portal, member, signature, args: [handle, ...args], fds, timeout: 0 };
    const { values } = await bus.call(request);
    return { response: Number(values[0]), results: new Map(values[1] as unknown as readonly [string, VariantValue][]) };
  } catch (error) {
    instance.note("portal backend", { backend: backend.name, detail: (error as Error).message });
    return undefined;
  } finally {
    cancelled.removeEventListener("abort", close);
  }
}

interface Results {
  readonly response: number;
  readonly results: ReadonlyMap<string, VariantValue>;
}

function nextQuestion(instance: PortalInstance): number {
  const counter = instance.shared("backend questions", () => ({ last: 0 }));
  counter.last++;
  return counter.last;
}

/** One that is installed may find no display where the bus starts it: then somebody else asks. */
async function firstThatStarts(instance: PortalInstance, backends: ReadonlyMap<string, Backend>): Promise<Backend | undefined> {
  for (const backend of backends.values()) {
    try {
      const bus = await instance.sessionBus();
      if ((await bus.ownerOf(backend.name)) === undefined)
        await bus.call({ ...OF_THE_BUS, member: "StartServiceByName", signature: "su", args: [backend.name, 0] });
      return backend;
    } catch (error) {
      instance.note("portal backend", { backend: backend.name, detail: (error as Error).message });
    }
  }
  return undefined;
}

/** `.portal` files of the desktop in use first, as xdg-desktop-portal 1.16 chooses; then any whose service is on the bus or can be started. */
async function findBackends(instance: PortalInstance, portal: string): Promise<readonly Backend[]> {
  const { environment } = instance.origin;
  const folders = (environment["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(":").filter((folder) => folder.startsWith("/"));
  const backends = folders.flatMap((folder) => readBackends(`${folder}/xdg-desktop-portal/portals`));
  const desktops = (environment["XDG_CURRENT_DESKTOP"] ?? "").toLowerCase().split(":");
  const fits = ({ desktops: wanted }: Backend): number => Number(wanted.some((desktop) => desktops.includes(desktop)));
  const able = backends.filter((backend) => backend.interfaces.has(IMPL + portal) && (portal !== OF_THE_DESKTOP || fits(backend) > 0));
  if (able.length === 0) return [];
  try {
    const bus = await instance.sessionBus();
    const names = new Set<string>();
    for (const member of ["ListNames", "ListActivatableNames"]) {
      const { values } = await bus.call({ ...OF_THE_BUS, member });
      for (const name of values[0] as readonly string[]) names.add(name);
    }
    return able.sort((one, other) => fits(other) - fits(one)).filter(({ name }) => names.has(name));
  } catch {
    return [];
  }
}

function readBackends(folder: string): readonly Backend[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".portal"))
      .sort()
      .map((name) => {
        const text = readFileSync(`${folder}/${name}`, "utf8");
        const read = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
        const list = (key: string): readonly string[] =>
          read(key)
            .split(";")
            .filter((item) => item !== "");
        return { name: read("DBusName"), interfaces: new Set(list("Interfaces")), desktops: list("UseIn").map((desktop) => desktop.toLowerCase()) };
      })
      .filter(({ name }) => name.startsWith(`${IMPL}desktop.`));
  } catch {
    return [];
  }
}

/** The only choice that the dialog shows: none of the app's is passed on. */
const NEIGHBOURS = "tsbox-neighbours";

function neighbourChoice({ accesses, text, labels }: NeighbourOffer): Value {
  return [[NEIGHBOURS, text, (["none", ...accesses] as const).map((id) => [id, labels[id]]), "none"]];
}

function fileOptions({ kind, multiple, filters, name, folder, neighbours }: FileQuestion): Value {
  const bytes = (text: string): Value => [...new TextEncoder().encode(text), 0];
  return dictionary({
    modal: variant("b", true),
    ...(kind === "save" ? { current_name: variant("s", name) } : { multiple: variant("b", multiple), directory: variant("b", kind === "folder") }),
    ...(neighbours === undefined ? {} : { choices: variant("a(ssa(ss)s)", neighbourChoice(neighbours)) }),
    ...(folder === "" ? {} : { current_folder: variant("ay", bytes(folder)) }),
    ...(filters.length === 0
      ? {}
      : {
          filters: variant(
            "a(sa(us))",
            filters.map((filter) => [filter.name, filter.patterns.map((pattern) => [0, pattern])]),
          ),
        }),
  });
}

export function pathOfUri(uri: string): string | undefined {
  if (!uri.startsWith("file:///")) return undefined;
  try {
    const path = decodeURIComponent(uri.slice("file://".length));
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined;
  }
}
