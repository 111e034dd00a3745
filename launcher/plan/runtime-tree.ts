// `/usr`, `/app` and `/etc` of a runtime that Flatpak deployed, as Flatpak lays them out. Pure.
import type { HostFacts, HostQueries } from "../host/facts.ts";
import { isBelow } from "../host/walk.ts";
import type { Deployment, ExtensionMount } from "../manifest/door.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { Operation } from "./plan.ts";
import { because, bindIfThere, textFile } from "./sources.ts";

/** What of the runtime's `/etc` gives way to the sandbox's own. */
const OWN_IN_ETC: ReadonlySet<string> = new Set([
  ...["passwd", "group", "nsswitch.conf", "machine-id", "resolv.conf", "host.conf", "hosts", "gai.conf", "localtime", "timezone", "pkcs11"],
  ...["ld.so.cache"],
]);
const ZONES = "/usr/share/zoneinfo";

export function deploymentQueries(deployment: Deployment): Partial<HostQueries> {
  const { runtimeFiles, etcNames, extensions } = deployment;
  return {
    paths: [
      runtimeFiles,
      ...[runtimeFiles, ...(deployment.app === null ? [] : [`${deployment.app.folder}/files`]), ...extensions.map(({ files }) => files)].map(
        (files) => `${files}/.ref`,
      ),
      ...deployment.rootNames.map((name) => `${runtimeFiles}/${name}`),
      ...etcNames.map((name) => `${runtimeFiles}/etc/${name}`),
      ...extensions.flatMap((one) => [one.files, ...(underParts(deployment, one.to) === null ? [] : [underParts(deployment, one.to) as string])]),
      `${runtimeFiles}/share/zoneinfo`,
      ZONES,
      "/etc/localtime",
    ],
    texts: ["/etc/timezone"],
  };
}

/** The place in the runtime's or the app's files that an extension is mounted on; null below a folder that is emptied for it. */
function underParts({ runtimeFiles, app, extensions }: Deployment, to: string): string | null {
  if (extensions.some(({ emptied }) => emptied !== null && isBelow(to, emptied) && to !== emptied)) return null;
  if (to.startsWith("/usr/")) return `${runtimeFiles}${to.slice("/usr".length)}`;
  return app === null ? null : `${app.folder}/files${to.slice("/app".length)}`;
}

/** As Flatpak: what is locked is not removed by an update or an uninstall until the app ends. */
export function deployedLocks(deployment: Deployment, facts: HostFacts): readonly string[] {
  const { runtimeFiles, app, extensions } = deployment;
  const parts = [
    { files: runtimeFiles, at: "/usr" },
    ...(app === null ? [] : [{ files: `${app.folder}/files`, at: "/app" }]),
    ...extensions.filter((one) => isMountable(deployment, one, facts)).map(({ files, to }) => ({ files, at: to })),
  ];
  return parts.flatMap(({ files, at }) => (walkFacts(`${files}/.ref`, facts).end?.type === "file" ? [`${at}/.ref`] : []));
}

/** Nothing can be mounted where the read-only files have no folder for it; an extension is an extra that may be missing. */
function isMountable(deployment: Deployment, one: ExtensionMount, facts: HostFacts): boolean {
  const under = underParts(deployment, one.to);
  return (under === null || walkFacts(under, facts).end?.type === "directory") && walkFacts(one.files, facts).end?.type === "directory";
}

export function deployedUsr(deployment: Deployment, facts: HostFacts): readonly Operation[] {
  const { runtimeFiles, runtime, rootNames } = deployment;
  return [
    ...bindIfThere(runtimeFiles, "/usr", ["directory"], facts, `the runtime ${runtime.id}/${runtime.arch}/${runtime.branch}`),
    { kind: "symlink", target: "/app/lib/debug/source", to: "/run/build", because: because("where debuggers look for the app's source") },
    { kind: "symlink", target: "/usr/lib/debug/source", to: "/run/build-runtime", because: because("where debuggers look for the runtime's source") },
    ...rootNames.map((name): Operation => ({ kind: "symlink", target: `usr/${name}`, to: `/${name}`, because: because("as the runtime has it") })),
  ];
}

/** After `/app` is there. */
export function deployedExtensions(deployment: Deployment, facts: HostFacts): readonly Operation[] {
  return deployment.extensions.flatMap((one) => extensionOperations(deployment, one, facts));
}

function extensionOperations(deployment: Deployment, one: ExtensionMount, facts: HostFacts): readonly Operation[] {
  if (!isMountable(deployment, one, facts)) return [];
  const reason = `the extension ${one.id}`;
  return [
    ...(one.emptied === null
      ? []
      : [{ kind: "tmpfs", to: one.emptied, mode: 0o755, sizeBytes: null, because: because("where extensions of one kind are mounted") } as const]),
    ...bindIfThere(one.files, one.to, ["directory"], facts, reason),
    ...one.links.map(({ at, target }): Operation => ({ kind: "symlink", target, to: at, because: because(`merged from ${reason}`) })),
  ];
}

/** The runtime's own, beside the files that are the sandbox's. */
export function deployedEtc(deployment: Deployment, facts: HostFacts): readonly Operation[] {
  const { runtimeFiles, etcNames, linker } = deployment;
  const isOwn = (name: string): boolean => OWN_IN_ETC.has(name) || (name === "ld.so.conf" && linker.kind === "cache" && linker.conf !== null);
  const entries = etcNames
    .filter((name) => !isOwn(name))
    .flatMap((name): readonly Operation[] => {
      const path = `${runtimeFiles}/etc/${name}`;
      const fact = facts.paths.get(path) ?? null;
      const reason = "the runtime's";
      // Led by the runtime itself, to a place inside.
      if (fact?.type === "symlink") return [{ kind: "symlink", target: fact.target ?? "", to: `/etc/${name}`, because: because(reason) }];
      return bindIfThere(path, `/etc/${name}`, ["directory", "file"], facts, reason);
    });
  return [
    ...entries,
    textFile("/etc/pkcs11/pkcs11.conf", "# of the sandbox\nuser-config: none\n", "no module of the user's is loaded"),
    ...linkerFiles(deployment),
    ...timeZone(deployment, facts),
  ];
}

function linkerFiles({ linker }: Deployment): readonly Operation[] {
  if (linker.kind === "path") return [];
  const reason = "where the libraries of app, extensions and runtime lie";
  return [
    ...(linker.conf === null ? [] : [textFile("/etc/ld.so.conf", linker.conf, reason)]),
    ...linker.fragments.map(({ path, text }) => textFile(path, text, reason)),
    { kind: "data", to: "/etc/ld.so.cache", mode: 0o644, bytes: linker.bytes, as: "bind-ro", because: because(reason) },
  ];
}

/** The host's zones over the runtime's, which may be older. */
function timeZone({ runtimeFiles }: Deployment, facts: HostFacts): readonly Operation[] {
  const zone = zoneName(facts);
  const isThere = walkFacts(`${runtimeFiles}/share/zoneinfo`, facts).end?.type === "directory";
  return [
    ...(isThere ? bindIfThere(ZONES, ZONES, ["directory"], facts, "the host's time zones") : []),
    ...(isThere ? [{ kind: "symlink", target: `..${ZONES}/${zone}`, to: "/etc/localtime", because: because("the host's time zone") } as const] : []),
    textFile("/etc/timezone", `${zone}\n`, "the host's time zone"),
    { kind: "symlink", target: "/etc/timezone", to: "/var/db/zoneinfo", because: because("where older programs look") },
  ];
}

function zoneName(facts: HostFacts): string {
  const { real } = walkFacts("/etc/localtime", facts);
  if (real.startsWith(`${ZONES}/`)) return real.slice(ZONES.length + 1);
  const bytes = facts.texts.get("/etc/timezone");
  const line = (bytes ? new TextDecoder().decode(bytes) : "").split("\n")[0]?.trim() ?? "";
  return /^[A-Za-z0-9_+/-]+$/.test(line) ? line : "UTC";
}
