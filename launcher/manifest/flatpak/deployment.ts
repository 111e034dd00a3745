// Everything that Flatpak's installations say about one run: the app's files, the runtime, the extensions of both, and what the dynamic linker is told.
import { makeLinkerCache } from "../../host/linker/linker-cache.ts";
import { openTree, type SandboxTree, type TreePart } from "../../host/linker/sandbox-tree.ts";
import { readNames, readText } from "../../host/read.ts";
import { lookAt, thisProcess } from "../../host/look.ts";
import type { PermissionLayer } from "../layers.ts";
import type { Keyfile } from "../keyfile.ts";
import type { Origin, Problem, Result } from "../origin.ts";
import { parseLayer } from "../parse-layer.ts";
import type { FlatpakPlaces } from "../places.ts";
import { errorAt, failure, success } from "../problem.ts";
import { type Deployed, findRuntime, parseRef } from "./deployed.ts";
import { parseExtensionPoints } from "./extension-points.ts";
import { type ExtensionMount, findExtensions, readExtensionHost, readMetadata } from "./extensions.ts";
import { flatpakInstallations } from "./installations.ts";

/** What ld.so finds libraries by. */
export type Linker =
  /** `LD_LIBRARY_PATH`: the runtime brings no ldconfig. */
  | { readonly kind: "path"; readonly folders: readonly string[] }
  /** `conf`: the text of `/etc/ld.so.conf` where the runtime leaves it empty; `fragments`: files of `/run/flatpak/ld.so.conf.d`. */
  | { readonly kind: "cache"; readonly conf: string | null; readonly fragments: readonly LinkerFragment[]; readonly bytes: Uint8Array };

export interface LinkerFragment {
  readonly path: string;
  readonly text: string;
}

export interface Deployment {
  /** Null: a manifest of tsbox's own that runs on a runtime of Flatpak's. */
  readonly app: Deployed | null;
  readonly runtime: Deployed;
  /** Real path of what is `/usr` inside. */
  readonly runtimeFiles: string;
  /** What the runtime has of `/bin`, `/lib` and their like. */
  readonly rootNames: readonly string[];
  /** Names in the runtime's `etc`. */
  readonly etcNames: readonly string[];
  readonly extensions: readonly ExtensionMount[];
  /** The runtime's variables: its permissions are not the app's. */
  readonly environment: PermissionLayer;
  readonly linker: Linker;
}

export interface DeploymentWish {
  /** Of the app, or of the manifest that names the runtime. */
  readonly metadata: Keyfile;
  readonly app: Deployed | null;
  readonly appFiles: string | null;
  /** `ID/ARCH/BRANCH`. */
  readonly runtime: { readonly value: string; readonly origin: Origin };
  readonly places: FlatpakPlaces;
  readonly environment: ReadonlyMap<string, string>;
  /** Makes the linker's cache, or has it already: `key` names everything that it is made from. */
  readonly cache: (key: string, make: () => Uint8Array) => Uint8Array;
}

const ROOT_NAMES = ["bin", "lib", "lib32", "lib64", "sbin"] as const;

export function readDeployment(wish: DeploymentWish): Result<Deployment> {
  const ref = parseRef(wish.runtime.value);
  const installations = flatpakInstallations(wish.places);
  const runtime = ref === null ? null : findRuntime(installations, ref);
  const metadata = runtime === null ? null : readMetadata(runtime);
  if (ref === null || runtime === null || metadata === null) return failure(absentRuntime(wish, ref === null));
  const environment = environmentOf(metadata);
  if (!environment.ok) return environment;
  const host = readExtensionHost(wish.environment);
  const own = parseExtensionPoints(wish.metadata, wish.app?.branch ?? "");
  const shared = parseExtensionPoints(metadata, ref.branch);
  const extensions = [
    ...findExtensions("app", own.points, wish.app?.arch ?? ref.arch, installations, host),
    ...findExtensions("runtime", shared.points, ref.arch, installations, host),
  ];
  const runtimeFiles = `${runtime.folder}/files`;
  const names = new Set(readNames(runtimeFiles) ?? []);
  const deployment = {
    app: wish.app,
    runtime,
    runtimeFiles,
    rootNames: ROOT_NAMES.filter((name) => names.has(name)),
    etcNames: readNames(`${runtimeFiles}/etc`) ?? [],
    extensions,
    environment: environment.value,
  };
  return success({ ...deployment, linker: linkerOf(deployment, wish) }, [...own.notices, ...shared.notices]);
}

function absentRuntime({ runtime }: DeploymentWish, isNoRef: boolean): Problem {
  return errorAt(runtime.origin, isNoRef ? "run.runtime-absent" : "flatpak.runtime-absent", { runtime: runtime.value });
}

/** Flatpak reads a whole context and then forgets every permission in it. */
function environmentOf(metadata: Keyfile): Result<PermissionLayer> {
  const layer = parseLayer(metadata, "default");
  if (!layer.ok) return layer;
  return success({ ...layer.value, entries: layer.value.entries.filter(({ kind }) => kind === "environment") });
}

function linkerOf(deployment: Omit<Deployment, "linker">, wish: DeploymentWish): Linker {
  const { extensions, runtimeFiles } = deployment;
  const looker = thisProcess();
  if (lookAt(`${runtimeFiles}/bin/ldconfig`, looker)?.type !== "file") {
    const of = (kind: ExtensionMount["of"]): string[] => extensions.flatMap((one) => (one.of === kind && one.libraries !== null ? [one.libraries] : []));
    // Flatpak puts an app's extensions before what is there, a runtime's behind it.
    return { kind: "path", folders: [...of("app"), "/app/lib", ...of("runtime")] };
  }
  const fragments = extensions.flatMap((one, index): LinkerFragment[] => {
    const number = String(index).padStart(3, "0");
    return one.libraries === null ? [] : [{ path: `/run/flatpak/ld.so.conf.d/${one.of}-${number}-${one.id}.conf`, text: `${one.libraries}\n` }];
  });
  const theirs = readText(`${runtimeFiles}/etc/ld.so.conf`);
  const conf = theirs !== null && theirs.length === 0 ? GENERATED_CONF : null;
  const key = [wish.app?.commit ?? wish.appFiles ?? "", deployment.runtime.commit, ...extensions.map(({ id, commit, to }) => `${id}=${commit}@${to}`)].join(
    "\n",
  );
  const make = (): Uint8Array => {
    const text = conf ?? new TextDecoder().decode(theirs ?? new Uint8Array());
    return makeLinkerCache(treeOf(deployment, wish.appFiles), text, new Map(fragments.map((one) => [one.path, one.text])));
  };
  // Without a commit nothing tells when the files change.
  const isFixed = wish.appFiles === null || wish.app !== null ? extensions.every(({ commit }) => commit !== "local") : false;
  return { kind: "cache", conf, fragments, bytes: isFixed ? wish.cache(key, make) : make() };
}

/** Flatpak's lines, in its order. */
const GENERATED_CONF = [
  "include /run/flatpak/ld.so.conf.d/app-*.conf",
  "include /app/etc/ld.so.conf",
  "/app/lib",
  "include /run/flatpak/ld.so.conf.d/runtime-*.conf",
  "",
].join("\n");

function treeOf(deployment: Omit<Deployment, "linker">, appFiles: string | null): SandboxTree {
  const parts: TreePart[] = [
    { at: "/usr", from: deployment.runtimeFiles },
    { at: "/etc", from: `${deployment.runtimeFiles}/etc` },
    ...deployment.rootNames.map((name) => ({ at: `/${name}`, target: `usr/${name}` })),
    ...(appFiles === null ? [] : [{ at: "/app", from: appFiles }]),
    ...deployment.extensions.map(({ to, files }) => ({ at: to, from: files })),
  ];
  return openTree(parts);
}
