// A real PipeWire, private to a session, with a camera, what a screen cast looks like, a microphone, and a program that looks at the screen.
// One at a time looks at a camera: this server is not sure to go on for several where the machine is busy.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startBareBus } from "./bus.ts";
import { type Running, waitFor } from "./process.ts";
import { SERVER_LIFE } from "./server-script.ts";
import type { Session } from "./session.ts";

/** The first pixel of each picture; a test knows by it where a picture comes from. Of the camera it is the first of the usual bars. */
export const GREY = [0xbf, 0xbf, 0xbf] as const;
export const BLUE = [0, 0, 255] as const;
export type Colour = readonly number[];

export interface Global {
  readonly id: number;
  readonly type: string;
  readonly info?: { readonly props?: Readonly<Record<string, unknown>> };
}

export interface Cameras {
  /** All that the server has, as the user sees it. */
  globals(): Promise<readonly Global[]>;
  /** Of a node, by its name. */
  idOf(name: string): Promise<number>;
  unplug(): Promise<void>;
  stopServer(): Promise<void>;
}

const CAPS = "video/x-raw,format=RGBx,width=64,height=48,framerate=20/1";
const CAMERA = "factory.name=videotestsrc library.name=videotestsrc/libspa-videotestsrc node.name=camera media.class=Video/Source media.role=Camera";
const MICROPHONE = "factory.name=support.null-audio-sink node.name=microphone media.class=Audio/Source/Virtual";

export async function startCameras(session: Session): Promise<Cameras> {
  await startBareBus(session);
  const server = serve(session, ["pipewire"]);
  await waitFor("pipewire", () => existsSync(join(session.runtimeDirectory, "pipewire-0")));
  serve(session, ["wireplumber"]);
  const globals = async (): Promise<readonly Global[]> => firstDump((await session.run(["pw-dump"])).stdout);
  const idOf = async (name: string): Promise<number> => (await globals()).find(({ info }) => info?.props?.["node.name"] === name)?.id ?? -1;
  await waitFor("the factories", async () => (await globals()).some(({ info }) => info?.props?.["factory.name"] === "adapter"));
  await session.run(["pw-cli", "create-node", "adapter", `{ ${MICROPHONE} object.linger=true }`]);
  await session.run(["pw-cli", "create-node", "spa-node-factory", `{ ${CAMERA} object.linger=true }`]);
  const blue = ["videotestsrc", "pattern=blue", "is-live=true", "!", CAPS];
  serve(session, ["gst-launch-1.0", "-q", ...blue, "!", "pipewiresink", "mode=provide", "stream-properties=p,media.class=Video/Source,node.name=screen"]);
  for (const name of ["microphone", "screen", "camera"]) await waitFor(name, async () => (await idOf(name)) > 0, 20_000);
  serve(session, ["gst-launch-1.0", "-q", "pipewiresrc", "target-object=screen", "client-name=watcher", "!", "video/x-raw", "!", "fakesink"]);
  await waitFor("a program that looks at the screen", async () => (await globals()).some(({ info }) => info?.props?.["media.class"] === "Stream/Input/Video"));
  return {
    globals,
    idOf,
    async unplug() {
      await session.run(["pw-cli", "destroy", String(await idOf("camera"))]);
      await waitFor("no camera", async () => (await idOf("camera")) < 0);
    },
    async stopServer() {
      server.kill("SIGKILL");
      await server.ended;
    },
  };
}

/** It is told again, as another list, where something changes meanwhile. */
export function firstDump(text: string): readonly Global[] {
  return JSON.parse(`${text.split(/^\]$/m)[0] || "["}]`) as readonly Global[];
}

/** What a gst-launch looks at: some pictures of it, written to `file`. */
export function pictures(from: readonly string[], file: string): readonly string[] {
  return ["gst-launch-1.0", "-q", "pipewiresrc", "num-buffers=3", ...from, "!", "video/x-raw", "!", "filesink", `location=${file}`];
}

/** Undefined where nothing came. */
export function colourIn(file: string): Colour | undefined {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  return bytes.length === 0 ? undefined : [...bytes.subarray(0, 3)];
}

function serve(session: Session, argv: readonly [string, ...string[]]): Running {
  const server = session.start(argv, { limit: SERVER_LIFE });
  session.onClose(async () => {
    server.kill("SIGKILL");
    await server.ended;
  });
  return server;
}
