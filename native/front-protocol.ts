// What a front asks of the broker. The fields of a REQUEST frame, read once into a value.
import { decodeFields } from "./frames.ts";

/** What a standard descriptor of the caller is; taken from fstat and isatty in the front. `service`: a socket that is connected to one with a name. */
export type DescriptorKind = "closed" | "tty" | "null" | "file" | "directory" | "pipe" | "socket" | "service" | "device";

export interface FrontRequest {
  /** The whole argv after the program's name: `run`, options, app, arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The caller's environment. */
  readonly environment: ReadonlyMap<string, string>;
  readonly standard: readonly [DescriptorKind, DescriptorKind, DescriptorKind];
  /** Every other open descriptor of the caller without close-on-exec. */
  readonly descriptors: readonly number[];
  readonly umask: number;
  readonly uid: number;
  readonly gid: number;
  /** Runtime directory that the front chose (see ARCHITECTURE.md, Front and broker). */
  readonly runtimeDirectory: string;
  /** True where the front made `/tmp/tsbox-UID` for want of a runtime directory: portals are off. */
  readonly runtimeDirectoryIsFallback: boolean;
  readonly hostname: string;
}

/**
 * Keys: `arg` (repeated), `cwd`, `env` (repeated, `NAME=VALUE`), `stdin`, `stdout`, `stderr`, `fd` (repeated), `umask` (octal), `uid`, `gid`,
 * `runtime-dir`, `runtime-dir-fallback` (`1`), `hostname`. Undefined where a key is unknown, missing or malformed.
 */
export function decodeRequest(payload: Uint8Array): FrontRequest | undefined {
  const fields = decodeFields(payload);
  if (fields === undefined) return undefined;
  const argv: string[] = [];
  const environment = new Map<string, string>();
  const descriptors: number[] = [];
  const single = new Map<string, string>();
  for (const [key, value] of fields) {
    if (key === "arg") argv.push(value);
    else if (key === "env") {
      const at = value.indexOf("=");
      // Of two with one name the first counts, as getenv(3) has it.
      if (at > 0 && !environment.has(value.slice(0, at))) environment.set(value.slice(0, at), value.slice(at + 1));
    } else if (key === "fd") descriptors.push(Number(value));
    else if (SINGLE.has(key)) single.set(key, value);
    else return undefined;
  }
  const get = (key: string): string => single.get(key) ?? "";
  const kinds = [get("stdin"), get("stdout"), get("stderr")];
  const umask = Number.parseInt(get("umask"), 8);
  const uid = Number.parseInt(get("uid"), 10);
  const gid = Number.parseInt(get("gid"), 10);
  if (!kinds.every((kind) => KINDS.has(kind)) || !get("cwd").startsWith("/") || !get("runtime-dir").startsWith("/")) return undefined;
  if (Number.isNaN(umask) || Number.isNaN(uid) || Number.isNaN(gid)) return undefined;
  return {
    argv,
    cwd: get("cwd"),
    environment,
    descriptors,
    umask,
    uid,
    gid,
    standard: kinds as unknown as FrontRequest["standard"],
    runtimeDirectory: get("runtime-dir"),
    runtimeDirectoryIsFallback: get("runtime-dir-fallback") === "1",
    hostname: get("hostname"),
  };
}

const SINGLE = new Set(["cwd", "stdin", "stdout", "stderr", "umask", "uid", "gid", "runtime-dir", "runtime-dir-fallback", "hostname"]);
const KINDS = new Set<string>(["closed", "tty", "null", "file", "directory", "pipe", "socket", "service", "device"]);
