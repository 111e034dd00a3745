// Reads who calls: the passwd entry of the uid, and the directories that the request's environment names. The broker's own environment plays no part.
import { readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { posix } from "node:path";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import type { Caller } from "./facts.ts";
import { landlockAbiOf } from "./landlock-abi.ts";
import { readText } from "./read.ts";
import { parseUserFolders } from "./user-folders.ts";

interface PasswdEntry {
  readonly name: string;
  readonly realName: string;
  readonly home: string;
}

/** `landlockAbi`: what the kernel says; null: what one of this release should. The only failures: no usable home folder, or a machine of another kind than the two that the filter knows. */
export function readCaller(request: FrontRequest, landlockAbi: number | null): Result<Caller> {
  const machine = arch() === "x64" ? "x86_64" : arch() === "arm64" ? "aarch64" : null;
  if (machine === null) return failed("host.unknown-machine", { machine: arch() });
  const entry = parsePasswd(readOrEmpty("/etc/passwd"), request.uid);
  const home = cleanFolder(request.environment.get("HOME")) ?? cleanFolder(entry?.home);
  if (home === null) return failed("host.no-home", { home: request.environment.get("HOME") ?? "" });
  const folder = (name: string, fallback: string): string => cleanFolder(request.environment.get(name)) ?? `${home}/${fallback}`;
  const configHome = folder("XDG_CONFIG_HOME", ".config");
  const [major, minor] = release()
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  const kernel = { major: major ?? 0, minor: minor ?? 0 };
  return {
    ok: true,
    notices: [],
    value: {
      uid: request.uid,
      gid: request.gid,
      userName: entry?.name ?? String(request.uid),
      groupName: parseGroupName(readOrEmpty("/etc/group"), request.gid),
      realName: entry?.realName ?? "",
      home,
      dataHome: folder("XDG_DATA_HOME", ".local/share"),
      configHome,
      cacheHome: folder("XDG_CACHE_HOME", ".cache"),
      stateHome: folder("XDG_STATE_HOME", ".local/state"),
      runtimeDirectory: request.runtimeDirectory,
      runtimeDirectoryIsFallback: request.runtimeDirectoryIsFallback,
      userFolders: parseUserFolders(readUserFile(`${configHome}/user-dirs.dirs`), home),
      hostname: request.hostname,
      arch: machine,
      kernel,
      landlockAbi: landlockAbi ?? landlockAbiOf(kernel),
    },
  };
}

/** An absolute path without `..`, or null: the XDG base directory specification says that a relative one is to be ignored. `/` as a home would grant the whole host. */
function cleanFolder(raw: string | undefined): string | null {
  if (raw === undefined || !raw.startsWith("/") || raw.split("/").includes("..") || raw.includes("\0")) return null;
  const clean = posix.normalize(raw).replace(/\/+$/, "");
  return clean === "" ? null : clean;
}

function parsePasswd(text: string, uid: number): PasswdEntry | null {
  for (const line of text.split("\n")) {
    const fields = line.split(":");
    if (fields.length >= 7 && fields[2] === String(uid)) {
      return { name: fields[0] as string, realName: (fields[4] as string).split(",")[0] as string, home: fields[5] as string };
    }
  }
  return null;
}

function parseGroupName(text: string, gid: number): string {
  for (const line of text.split("\n")) {
    const fields = line.split(":");
    if (fields.length >= 3 && fields[2] === String(gid)) return fields[0] as string;
  }
  return "";
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** What a program of the user may have written: a fifo in its place must not hold up the broker, and with it every other start. */
function readUserFile(path: string): string {
  const bytes = readText(path);
  return bytes === null ? "" : new TextDecoder().decode(bytes);
}

function failed(key: string, values: Problem["values"]): Result<Caller> {
  return { ok: false, problems: [{ key, file: "", line: 0, column: 0, values, severity: "error" }] };
}
