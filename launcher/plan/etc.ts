// Builds /etc from the allow-list: binds, links as they are, and the few files that are the sandbox's own. Pure.
import type { HostFacts, HostQueries } from "../host/facts.ts";
import { isBelow } from "../host/walk.ts";
import { walkFacts } from "../permissions/granted.ts";
import { ETC_ALLOW_LIST, type EtcEntry } from "./etc-allow-list.ts";
import { FOLLOWED_FILES } from "../host/followed-names.ts";
import { followed, followedQueries } from "./followed.ts";
import type { RunInputs } from "./inputs.ts";
import type { Operation } from "./plan.ts";
import { deployedEtc } from "./runtime-tree.ts";
import { because, bindIfThere, textFile, textOf } from "./sources.ts";

const WILD = ETC_ALLOW_LIST.filter(({ name }) => name.endsWith("*"));
const EXACT = ETC_ALLOW_LIST.filter(({ name, source }) => source === "bind" && !name.endsWith("*"));
const NETWORK_FILES = ETC_ALLOW_LIST.filter(({ source }) => source === "network").map(({ name }) => `/etc/${name}`);

export function etcQueries(inputs: RunInputs, mayShareNetwork: boolean): Partial<HostQueries> {
  return {
    paths: [...EXACT.map(({ name }) => `/etc/${name}`), ...followedQueries(inputs)],
    folders: [{ path: "/etc", looking: WILD.map(({ name }) => name.slice(0, -1)) }],
    texts: mayShareNetwork ? NETWORK_FILES : [],
    machineIdFor: inputs.manifest.id,
  };
}

export function etcOperations(inputs: RunInputs, facts: HostFacts, sharesNetwork: boolean): readonly Operation[] {
  const { deployment } = inputs.manifest;
  if (deployment !== null) return [...ownFiles(inputs, facts), ...networkFiles(inputs, facts, sharesNetwork), ...deployedEtc(deployment, facts)];
  const wild = WILD.flatMap((entry) => {
    const start = entry.name.slice(0, -1);
    return (facts.folders.get("/etc") ?? []).filter((name) => name.startsWith(start)).map((name) => ({ ...entry, name }));
  });
  const clock = followed("clock", inputs, facts);
  const isClock = ({ name }: EtcEntry): boolean => (FOLLOWED_FILES.clock as readonly string[]).includes(name);
  const bound = [...EXACT, ...wild].filter((entry) => clock === null || !isClock(entry)).flatMap((entry) => bindEntry(entry, facts));
  const links =
    clock === null ? [] : EXACT.filter(isClock).flatMap(({ name }) => (facts.paths.get(`/etc/${name}`) == null ? [] : [clock.link(`/etc/${name}`)]));
  return [...ownFiles(inputs, facts), ...networkFiles(inputs, facts, sharesNetwork), ...bound, ...(clock === null ? [] : [clock.bind, ...links])];
}

function bindEntry(entry: EtcEntry, facts: HostFacts): readonly Operation[] {
  const path = `/etc/${entry.name}`;
  const walk = walkFacts(path, facts);
  const last = facts.paths.get(path) ?? null;
  // A link whose end is visible anyway stays a link, so that programs see what the distribution wrote (time zone, alternatives).
  if (last?.type === "symlink" && walk.end !== null && isBelow(walk.real, "/usr")) {
    return [{ kind: "symlink", target: last.target ?? "", to: path, because: because(entry.reason) }];
  }
  return bindIfThere(path, path, ["directory", "file"], facts, entry.reason);
}

function ownFiles({ caller }: RunInputs, facts: HostFacts): readonly Operation[] {
  const plain = (text: string): string => text.replace(/[:\n\0]/g, "");
  const user = plain(caller.userName);
  const passwd = [
    `${user}:x:${caller.uid}:${caller.gid}:${plain(caller.realName)}:${plain(caller.home)}:/bin/sh`,
    "nobody:x:65534:65534:Unmapped user:/:/sbin/nologin",
  ];
  const group = [...(caller.groupName === "" ? [] : [`${plain(caller.groupName)}:x:${caller.gid}:${user}`]), "nogroup:x:65534:"];
  const files = [
    textFile("/etc/passwd", lines(passwd), "the caller and nobody, no other account"),
    textFile("/etc/group", lines(group), "the caller's group and nobody's"),
    textFile(
      "/etc/nsswitch.conf",
      lines([
        "passwd: files",
        "group: files",
        "shadow: files",
        "hosts: files dns",
        "networks: files",
        "protocols: files",
        "services: files",
        "ethers: files",
        "rpc: files",
      ]),
      "names come from files and the name server alone",
    ),
  ];
  if (facts.machineId === null) return files;
  return [
    ...files,
    textFile("/etc/machine-id", `${facts.machineId}\n`, "an id of this app on this host, not the host's", 0o444),
    { kind: "symlink", target: "/etc/machine-id", to: "/var/lib/dbus/machine-id", because: because("where older D-Bus libraries look") },
  ];
}

function networkFiles(inputs: RunInputs, facts: HostFacts, sharesNetwork: boolean): readonly Operation[] {
  const { caller } = inputs;
  const own = lines(["127.0.0.1 localhost", "::1 localhost", ...(/^[A-Za-z0-9.-]+$/.test(caller.hostname) ? [`127.0.1.1 ${caller.hostname}`] : [])]);
  if (!sharesNetwork) return [textFile("/etc/hosts", own, "the sandbox itself; other hosts are out of reach")];
  const network = followed("network", inputs, facts);
  const follows = (path: string): boolean => network !== null && FOLLOWED_FILES.network.some((name) => path === `/etc/${name}`);
  const files = NETWORK_FILES.flatMap((path) => {
    const text = textOf(facts, path);
    // Name servers may come later; without a line for localhost nothing works.
    if (network !== null && follows(path) && (text !== "" || path !== "/etc/hosts")) return [network.link(path)];
    if (text !== "") return [textFile(path, text, "as on the host at the time of the start")];
    return path === "/etc/hosts" ? [textFile(path, own, "the host has none")] : [];
  });
  return network === null ? files : [network.bind, ...files];
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
