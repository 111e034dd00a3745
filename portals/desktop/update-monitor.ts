// org.freedesktop.portal.Flatpak.UpdateMonitor: tsbox installs no new versions of apps, so there is never one to tell of and none to bring.
import type { Portal } from "../core/portal.ts";
import { busError } from "../core/portal-error.ts";

export const updateMonitor: Portal = {
  interface: "org.freedesktop.portal.Flatpak.UpdateMonitor",
  version: 1,
  methods: {
    Close: {
      in: "",
      out: "",
      names: [],
      run: ({ instance, client, path }) => {
        instance.sessions.close(client, path);
        return [];
      },
    },
    Update: {
      in: "sa{sv}",
      out: "",
      names: ["parent_window", "options"],
      run: () => {
        throw busError("NotSupported", "apps are not updated from inside a sandbox of tsbox");
      },
    },
  },
  signals: { UpdateAvailable: "a{sv}", Progress: "a{sv}" },
};
