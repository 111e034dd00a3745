// org.freedesktop.portal.Camera: a connection to PipeWire for this app alone, on which there are cameras and nothing else, if the user agrees. What goes over it passes the bus
// process's filter of PipeWire's protocol; the user takes his leave back in the permission store, and what runs ends.
import type { PortalInstance } from "../core/instance.ts";
import { dictionary } from "../core/options.ts";
import { DESKTOP_PATH, type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { requestMethod } from "../core/requests.ts";
import { isAllowed } from "../dialogs/consent.ts";
import { followLeave, hasLeave } from "../outside/camera-leave.ts";
import { type CameraList, followCameras } from "../outside/cameras.ts";
import { connectPipewire, pipewireSocket } from "../outside/pipewire-socket.ts";

const INTERFACE = "org.freedesktop.portal.Camera";

export const camera: Portal = {
  interface: INTERFACE,
  version: 1,
  methods: {
    AccessCamera: requestMethod({
      in: "a{sv}",
      names: ["options"],
      options: {},
      begin:
        ({ instance }) =>
        async ({ cancelled }) => ({ response: (await isAllowed(instance, { table: "devices", id: "camera", words: "camera", cancelled })) ? 0 : 1 }),
    }),
    OpenPipeWireRemote: {
      in: "a{sv}",
      out: "h",
      names: ["options", "fd"],
      run: async ({ instance, descriptors }) => {
        const known = hasLeave(instance) ? await list(instance).now() : [];
        // Anew: he may have taken it back meanwhile.
        if (!hasLeave(instance) || !followLeave(instance)) throw new PortalError("NotAllowed", "the user has not allowed it");
        const { addon } = instance;
        const server = connectPipewire(addon, pipewireSocket(instance));
        if (server < 0) throw new PortalError("Failed", "PipeWire does not listen");
        const [app, ours] = addon.socketpair();
        instance.serveCameras(known, ours, server);
        return [descriptors.give(app)];
      },
    },
  },
  properties: {
    IsCameraPresent: {
      type: "b",
      get: async (instance) =>
        (
          await list(instance)
            .now()
            .catch(() => [])
        ).length > 0,
    },
  },
};

function list(instance: PortalInstance): CameraList {
  const tell = (isPresent: boolean): void => {
    const changed = dictionary({ IsCameraPresent: variant("b", isPresent) });
    instance.emit("", DESKTOP_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", [INTERFACE, changed, []]);
  };
  return instance.own(
    "cameras",
    () => followCameras(instance.addon, pipewireSocket(instance), tell),
    (one) => one.close(),
  );
}
