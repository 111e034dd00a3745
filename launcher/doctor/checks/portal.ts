// xdg-desktop-portal with a back end: file dialogs, links, notifications for apps that see no files of the user's.
import type { Check } from "../check.ts";

const SERVICE = "dbus-1/services/org.freedesktop.portal.Desktop.service";

export const portal: Check = {
  name: "portal",
  title: "file dialogs and other portals",
  examine: (machine) => {
    const { environment } = machine;
    const folders = [
      environment.get("XDG_DATA_HOME") ?? `${environment.get("HOME") ?? ""}/.local/share`,
      ...(environment.get("XDG_DATA_DIRS") || "/usr/local/share:/usr/share").split(":"),
    ];
    const service = folders.map((folder) => `${folder}/${SERVICE}`).find((path) => machine.look(path)?.kind === "file");
    if (service === undefined) return { state: "weaker", key: "doctor.no-portal", values: {} };
    const backEnds = folders.flatMap((folder) => machine.list(`${folder}/xdg-desktop-portal/portals`)).filter((name) => name.endsWith(".portal"));
    if (backEnds.length === 0) return { state: "weaker", key: "doctor.no-portal-back-end", values: { service } };
    return { state: "good", key: "doctor.portal", values: { names: [...new Set(backEnds.map((name) => name.replace(/\.portal$/, "")))].sort().join(", ") } };
  },
};
