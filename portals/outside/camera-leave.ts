// The user's leave to use the cameras, as the permission store has it, and its end: who takes it back ends what runs. A camera that is on asks nobody again.
import type { PortalInstance } from "../core/instance.ts";

const TABLE = "devices";
const ID = "camera";
/** Looked at, not told by the kernel: it gives no watches to who has none left, and drops what it would tell; an app can bring about both. */
const LOOK_MILLISECONDS = 1_000;

export function hasLeave({ store, appId }: PortalInstance): boolean {
  return store.lookup(TABLE, ID, appId)[0] === "yes";
}

/**
 * From now on; false where there is none any more. Must be called before the app has a connection, and by a broker that comes later: what an earlier one gave, it may have
 * to take back.
 */
export function followLeave(instance: PortalInstance): boolean {
  const { look } = instance.own(
    "camera leave",
    () => {
      let had = true;
      const look = (): boolean => {
        const has = hasLeave(instance);
        if (had && !has) instance.endCameras();
        had = has;
        return has;
      };
      return { look, timer: setInterval(look, LOOK_MILLISECONDS).unref() };
    },
    ({ timer }) => clearInterval(timer),
  );
  return look();
}
