// The front's, connector's and app's side of one launch in the training run: asks the broker, hands sockets of its own over as those of a sandbox, and speaks
// through the filter once. No namespace is made, so it works wherever a build works.
import { spawn } from "node:child_process";
import type { Addon } from "../../native/addon.ts";
import { ConnectorFrame, decodeFields, encodeFields, type Field, FrontFrame } from "../../native/frames.ts";
import { type Frame, type FrameStream, openFrameStream } from "../../native/frame-stream.ts";
import { sayHello, serveMadeUpBus } from "./made-up-bus.ts";

export interface TrainingPlace {
  readonly directory: string;
  readonly runtimeDirectory: string;
  readonly home: string;
  /** The made-up bus listens here. */
  readonly bus: string;
}

/** Starts `app` once, from the request to the end of its instance. */
export async function launchOnce(addon: Addon, place: TrainingPlace, app: string, options: readonly string[] = []): Promise<void> {
  const front = await askForPlan(addon, place, [...options, app]);
  const instance = spawn("sleep", ["60"], { stdio: "ignore" });
  const listening = `${place.directory}/app`;
  const listener = addon.listenUnix(listening, 4);
  const [ours, theirs] = addon.socketpair();
  const [asking, orphans] = addon.socketpair();
  const connector = openFrameStream(addon, ours, { frame: (frame) => connect(addon, connector, frame), end: () => {} });
  try {
    front.send(
      FrontFrame.SANDBOX,
      encodeFields([
        ["child-pid", String(instance.pid)],
        ["listen", "session"],
      ]),
      [listener, theirs, orphans, addon.pidfdOpen(instance.pid as number)],
    );
    await sayHello(addon, listening);
    front.send(FrontFrame.EXITED, encodeFields([["status", "0"]]));
    await new Promise<void>((done) => instance.once("exit", () => done()).kill("SIGKILL"));
  } finally {
    instance.kill("SIGKILL");
    connector.close();
    addon.close(asking);
    front.close();
    addon.unlinkat(-1, listening, 0);
  }
}

function askForPlan(addon: Addon, place: TrainingPlace, words: readonly string[]): Promise<FrameStream> {
  return new Promise((resolve, reject) => {
    let said = "";
    const front = openFrameStream(addon, addon.connectUnix(`${place.runtimeDirectory}/tsbox/broker-1`), {
      frame: ({ type, payload }) => {
        if (type === FrontFrame.OUTPUT) said += Buffer.from(payload.subarray(1)).toString("utf8");
        if (type === FrontFrame.GO) resolve(front);
        if (type === FrontFrame.EXIT) reject(new Error(said));
      },
      end: () => reject(new Error(`the broker closed the connection ${said}`)),
    });
    front.send(FrontFrame.REQUEST, encodeFields(requestFields(place, words)));
  });
}

function requestFields(place: TrainingPlace, words: readonly string[]): readonly Field[] {
  const environment = {
    HOME: place.home,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "C.UTF-8",
    XDG_RUNTIME_DIR: place.runtimeDirectory,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${place.bus}`,
    WAYLAND_DISPLAY: "wayland-0",
    DISPLAY: ":0",
  };
  return [
    ["arg", "run"],
    ...words.map((word): Field => ["arg", word]),
    ["arg", "a-file"],
    ...Object.entries(environment).map(([name, value]): Field => ["env", `${name}=${value}`]),
    ["cwd", "/"],
    ["stdin", "null"],
    ["stdout", "pipe"],
    ["stderr", "pipe"],
    ["umask", "022"],
    ["uid", String(process.geteuid?.())],
    ["gid", String(process.getegid?.())],
    ["runtime-dir", place.runtimeDirectory],
    ["hostname", "host"],
  ];
}

/** As a connector answers: with one end of a pair whose other end is the made-up bus. */
function connect(addon: Addon, connector: FrameStream, { type, payload, descriptors }: Frame): void {
  for (const descriptor of descriptors) addon.close(descriptor);
  const id = decodeFields(payload)?.find(([key]) => key === "id");
  if (type !== ConnectorFrame.CONNECT || id === undefined) return;
  const [upstream, bus] = addon.socketpair();
  serveMadeUpBus(addon, bus);
  connector.send(ConnectorFrame.CONNECTED, encodeFields([id]), [upstream]);
}
