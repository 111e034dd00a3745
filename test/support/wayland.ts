// Wayland compositors without a screen: Weston for any account, Sway (which tells its windows and takes pictures) for the ordinary user.
import { existsSync, readFileSync } from "node:fs";
import { waitFor } from "./process.ts";
import { decodePixmap, type Picture } from "./picture.ts";
import { SERVER_LIFE } from "./server-script.ts";
import type { Session } from "./session.ts";

/** Starts Weston and puts WAYLAND_DISPLAY into the session's environment. */
export async function startWeston(session: Session): Promise<void> {
  const name = "wayland-test";
  const argv = [
    "weston",
    "--backend=headless-backend.so",
    "--use-pixman",
    "--width=1024",
    "--height=640",
    `--socket=${name}`,
    "--idle-time=0",
    "--no-config",
  ] as const;
  const server = session.start([...argv], { limit: SERVER_LIFE });
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });
  await waitFor("Weston", () => existsSync(`${session.runtimeDirectory}/${name}`));
  session.environment["WAYLAND_DISPLAY"] = name;
}

export interface SwayWindow {
  readonly name: string;
  readonly appId: string;
}

export interface Sway {
  windows(): Promise<readonly SwayWindow[]>;
  shoot(): Promise<Picture>;
}

export async function startSway(session: Session): Promise<Sway> {
  const ready = `${session.scratch}/sway.ready`;
  const config = session.write(
    `${session.scratch}/sway.conf`,
    `output HEADLESS-1 resolution 1024x768 position 0,0\ndefault_border none\nxwayland disable\nexec /bin/sh -c 'echo "$WAYLAND_DISPLAY $SWAYSOCK" > ${ready}.new; mv ${ready}.new ${ready}'\n`,
  );
  const server = session.start(["sway", "-c", config], {
    limit: SERVER_LIFE,
    environment: { WLR_BACKENDS: "headless", WLR_RENDERER: "pixman", WLR_LIBINPUT_NO_DEVICES: "1" },
  });
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });
  await waitFor("Sway", () => existsSync(ready)).catch((error: Error) => {
    throw new Error(`${error.message}\n${server.stderr()}`);
  });
  const [display = "", control = ""] = readFileSync(ready, "utf8").trim().split(" ");
  session.environment["WAYLAND_DISPLAY"] = display;
  return {
    async windows() {
      const tree = await session.run(["swaymsg", "-t", "get_tree", "-r"], { environment: { SWAYSOCK: control } });
      return leaves(JSON.parse(tree.stdout) as SwayNode);
    },
    async shoot() {
      const file = `${session.scratch}/sway.ppm`;
      const result = await session.run(["grim", "-t", "ppm", file]);
      if (result.status !== 0) throw new Error(result.stderr);
      return decodePixmap(readFileSync(file));
    },
  };
}

interface SwayNode {
  readonly name: string | null;
  readonly pid?: number;
  readonly app_id?: string | null;
  readonly nodes: readonly SwayNode[];
  readonly floating_nodes: readonly SwayNode[];
}

function leaves(node: SwayNode): readonly SwayWindow[] {
  const own = node.pid === undefined ? [] : [{ name: node.name ?? "", appId: node.app_id ?? "" }];
  return [...own, ...node.nodes.flatMap(leaves), ...node.floating_nodes.flatMap(leaves)];
}
