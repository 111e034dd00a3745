// org.freedesktop.portal.Screenshot: a picture of the screen, or the colour of a point that the user clicks at. The user is asked before each picture, by the app's true id;
// none is taken in silence unless he said so himself (`tsbox permission-set screenshot screenshot APP yes`).
import { readdirSync, rmSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary, flagOption } from "../core/options.ts";
import { type Answer, type Options, type Portal, type PortalMethod, variant } from "../core/portal.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";
import { askBackend, hasBackend, pathOfUri } from "../dialogs/backend.ts";
import { isAllowed } from "../dialogs/consent.ts";
import { isRunning } from "../documents/attach.ts";
import { lendToApp, uriOf } from "../documents/host-paths.ts";
import { findPictureTaker } from "../outside/picture.ts";
import { makeFolders } from "../../native/make-folders.ts";

const INTERFACE = "org.freedesktop.portal.Screenshot";
const TABLE = "screenshot";
/** The question's window is off the screen by then. */
const SETTLE_MILLISECONDS = 300;

const takePicture: PortalMethod = requestMethod({
  in: "sa{sv}",
  names: ["parent_window", "options"],
  options: { modal: "b", interactive: "b" },
  begin:
    ({ instance, args }, options) =>
    async (request) => {
      const parentWindow = String(args[0]);
      const asked = { table: TABLE, words: "screenshot", parentWindow, cancelled: request.cancelled, keeps: "nothing" } as const;
      if (!(await isAllowed(instance, asked))) return { response: 1 };
      return alone(instance, async () => {
        const path = (await hasBackend(instance, "Screenshot"))
          ? await byBackend(instance, request, parentWindow, options)
          : await byProgram(instance, request, flagOption(options, "interactive") === true);
        if (path === undefined || request.cancelled.aborted) return { response: path === undefined ? 1 : 2 };
        return { response: 0, results: new Map([["uri", variant("s", uriOf(await lendToApp(instance, path, false)))]]) };
      });
    },
});

const pickColour: PortalMethod = requestMethod({
  in: "sa{sv}",
  names: ["parent_window", "options"],
  options: {},
  begin:
    ({ instance, args }) =>
    async (request) => {
      const parentWindow = String(args[0]);
      // What is kept lets it ask for a click: each is the user's own.
      if (!(await isAllowed(instance, { table: TABLE, id: "colour", words: "colour", parentWindow, cancelled: request.cancelled }))) return { response: 1 };
      return alone(instance, async () => {
        const colour = (await hasBackend(instance, "Screenshot"))
          ? await colourByBackend(instance, request, parentWindow)
          : await colourByProgram(instance, request);
        return colour === undefined ? { response: 1 } : { response: 0, results: new Map([["color", variant("(ddd)", colour)]]) };
      });
    },
});

/** Version 1 has no colours: for a session where nothing picks them. */
export const screenshotAlone: Portal = { interface: INTERFACE, version: 1, methods: { Screenshot: takePicture } };
export const screenshot: Portal = { interface: INTERFACE, version: 2, methods: { Screenshot: takePicture, PickColor: pickColour } };

/** One at a time, of all apps: two choices cannot be on one screen. */
async function alone(instance: PortalInstance, work: () => Promise<Answer>): Promise<Answer> {
  const state = instance.shared("picture of the screen", () => ({ busy: false }));
  if (state.busy) return { response: 2 };
  state.busy = true;
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    return await work();
  } finally {
    state.busy = false;
  }
}

async function byBackend(instance: PortalInstance, { cancelled }: PortalRequest, parentWindow: string, options: Options): Promise<string | undefined> {
  const flags = { modal: variant("b", flagOption(options, "modal") ?? true), interactive: variant("b", flagOption(options, "interactive") === true) };
  const known = dictionary({ ...flags, permission_store_checked: variant("b", true) });
  const args = [instance.appId, parentWindow, known];
  const answer = await askBackend(instance, { portal: "Screenshot", member: "Screenshot", signature: "ossa{sv}", args, cancelled });
  const uri = answer?.response === 0 ? answer.results.get("uri")?.value : undefined;
  return typeof uri === "string" ? pathOfUri(uri) : undefined;
}

async function colourByBackend(instance: PortalInstance, { cancelled }: PortalRequest, parentWindow: string): Promise<readonly number[] | undefined> {
  const args = [instance.appId, parentWindow, dictionary({})];
  const answer = await askBackend(instance, { portal: "Screenshot", member: "PickColor", signature: "ossa{sv}", args, cancelled });
  const colour = answer?.response === 0 ? answer.results.get("color") : undefined;
  return colour?.signature === "(ddd)" ? (colour.value as readonly number[]) : undefined;
}

async function byProgram(instance: PortalInstance, { cancelled }: PortalRequest, isChosen: boolean): Promise<string | undefined> {
  const taker = findPictureTaker(instance);
  // Where the user cannot choose a part, he has agreed to the whole.
  const take = isChosen ? (taker?.takeChosen ?? taker?.take) : taker?.take;
  const file = newFile(instance);
  return (await take?.(instance, file, cancelled)) === true ? file : undefined;
}

async function colourByProgram(instance: PortalInstance, { cancelled }: PortalRequest): Promise<readonly number[] | undefined> {
  return findPictureTaker(instance)?.pickColour?.(instance, newFile(instance), cancelled);
}

/** With the state, where no app sees anything but what it is lent; a folder for each instance, which goes with it. */
function newFile(instance: PortalInstance): string {
  const root = `${instance.stateFolder}/screenshots`;
  const folder = instance.own(
    "screenshots",
    () => {
      makeFolders(root, 0o700);
      // A broker that was killed took none away.
      for (const name of readdirSync(root)) if (!isRunning(instance, name)) rmSync(`${root}/${name}`, { recursive: true, force: true });
      makeFolders(`${root}/${instance.id}`, 0o700);
      return { path: `${root}/${instance.id}`, count: 0 };
    },
    ({ path }) => rmSync(path, { recursive: true, force: true }),
  );
  folder.count++;
  return `${folder.path}/Screenshot-${new Date().toISOString().replace(/\..*$/, "").replaceAll(":", "-")}-${folder.count}.png`;
}
