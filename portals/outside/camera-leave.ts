// The user's leave to use the cameras, as the permission store has it, and its end: who takes it back ends what runs. A camera that is on asks nobody again.
import { mkdirSync, watch } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";

const TABLE = "devices";
const ID = "camera";

export function hasLeave({ store, appId }: PortalInstance): boolean {
  return store.lookup(TABLE, ID, appId)[0] === "yes";
}

/** From now on. Must be called before the app has a connection, and by a broker that comes later: what an earlier one gave, it may have to take back. */
export function followLeave(instance: PortalInstance): void {
  instance.own(
    "camera leave",
    () => {
      const folder = `${instance.stateFolder}/permissions`;
      const look = (): void => {
        if (!hasLeave(instance)) instance.endCameras();
      };
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const watcher = watch(folder, { persistent: false }, look);
      // Whoever takes the folder away took the leave along.
      watcher.on("error", () => instance.endCameras());
      look();
      return watcher;
    },
    (watcher) => watcher.close(),
  );
}
