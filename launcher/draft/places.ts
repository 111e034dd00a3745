// Places of a home in the words of a manifest: what is the app's own in its sandbox anyway, what is to be kept, what is to be granted. Pure.

/** `${HOME}/…` and the like are brought to this form by the readers: `~/PATH`, `xdg-NAME[/PATH]`, `xdg-run/PATH` or `/PATH`. */
export type PlaceVerdict =
  /** The sandbox gives each app a folder of its own there. */
  | { readonly kind: "own" }
  /** A dot folder in the home that a program uses by that name. */
  | { readonly kind: "persist"; readonly path: string }
  | { readonly kind: "grant"; readonly location: string }
  /** Visible in every sandbox. */
  | { readonly kind: "visible" };

const OWN = [".config", ".cache", ".local/share", ".local/state"] as const;
/** Read-only in every sandbox, or the sandbox's own. */
const VISIBLE = /^\/(?:usr|bin|sbin|lib|lib32|lib64|etc|proc|sys|dev|tmp|var\/tmp|var\/cache|var\/lib\/dbus|var\/run|run|app)(?:\/|$)/;
const LOOKS = /^(?:\.fonts|\.icons|\.themes)(?:\/|$)/;

export function judgePlace(location: string): PlaceVerdict {
  if (location.startsWith("xdg-config") || location.startsWith("xdg-data") || location.startsWith("xdg-cache")) return { kind: "own" };
  if (location.startsWith("~/")) {
    const path = location.slice(2);
    if (OWN.some((own) => path === own || path.startsWith(`${own}/`)) || LOOKS.test(path)) return { kind: "own" };
    return path.startsWith(".") ? { kind: "persist", path: path.replace(/\/+$/, "") } : { kind: "grant", location };
  }
  return VISIBLE.test(location) ? { kind: "visible" } : { kind: "grant", location };
}
