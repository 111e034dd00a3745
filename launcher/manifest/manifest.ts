// A manifest as read: who the app is and which layer of permissions it asks for.
import type { Deployed } from "./flatpak/deployed.ts";
import type { Deployment } from "./flatpak/deployment.ts";
import type { Origin } from "./origin.ts";
import type { PermissionLayer } from "./layers.ts";

/** An application id that passed parseAppId. */
export type AppId = string & { readonly __brand: "AppId" };

export interface Manifest {
  readonly id: AppId;
  /** For a named instance of an app, whose id above is its own: the app's (named-instance.ts). Null otherwise. */
  readonly instanceOf: AppId | null;
  /** Absolute path of the manifest, and of the folder `ID/` beside it if there is one (bound at /app). */
  readonly file: string;
  readonly programFolder: string | null;
  /** `host`: the host's own /usr. */
  readonly runtime: { readonly value: string; readonly origin: Origin };
  /** argv[0] inside; null where the manifest names none (an error at run without --command). */
  readonly command: { readonly value: string; readonly origin: Origin } | null;
  readonly layer: PermissionLayer;
  /** The app as Flatpak installed it, whose metadata this is; null for a manifest of tsbox's own. */
  readonly installed: Deployed | null;
  /** What is `/usr` and `/app` inside where the runtime is one of Flatpak's; null for the host's own. Set by resolveRuntime. */
  readonly deployment: Deployment | null;
}
