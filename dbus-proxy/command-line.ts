// The command line of xdg-dbus-proxy, read into data. Pure: descriptors named by `--args` are read through a function.
import { isWellKnownName } from "./wire/names.ts";
import { parseMessageRule } from "./policy/message-rules.ts";
import type { ProxyPolicy } from "./policy/policy.ts";
import { BUS_SETS } from "./policy/sets/list.ts";

export interface ProxyPair {
  readonly address: string;
  readonly path: string;
  readonly policy: ProxyPolicy;
  readonly log: boolean;
}

export interface CommandLineEvents {
  /** A pair's options have all been read: it starts before the rest is looked at, as the original does. */
  pair(pair: ProxyPair): void;
  /** Bytes of a descriptor up to its end, or undefined where it cannot be read. */
  readArguments(fd: number): string | undefined;
}

export type CommandLineResult =
  | { readonly kind: "run"; readonly syncFd: number | undefined }
  | { readonly kind: "help" | "version" | "usage" }
  | { readonly kind: "error"; readonly text: string };

interface MutablePair {
  address: string;
  path: string;
  log: boolean;
  policy: { -readonly [K in keyof ProxyPolicy]: ProxyPolicy[K] extends readonly (infer T)[] ? T[] : ProxyPolicy[K] };
}

export function readCommandLine(argv: readonly string[], events: CommandLineEvents): CommandLineResult {
  if (argv.length === 0) return { kind: "usage" };
  const rest = [...argv];
  let pair: MutablePair | undefined;
  let started = false;
  let syncFd: number | undefined;
  const finishPair = (): void => {
    if (pair === undefined) return;
    events.pair(pair);
    started = true;
    pair = undefined;
  };
  while (rest.length > 0) {
    const argument = rest.shift() as string;
    if (!argument.startsWith("-")) {
      finishPair();
      const path = rest[0];
      if (path === undefined || path.startsWith("-")) return failed("no socket path given");
      rest.shift();
      pair = newPair(argument, path);
      continue;
    }
    const equals = argument.indexOf("=");
    const option = equals < 0 ? argument : argument.slice(0, equals);
    const value = equals < 0 ? undefined : argument.slice(equals + 1);
    if (argument === "--help") return { kind: "help" };
    if (argument === "--version") return { kind: "version" };
    if (option === "--fd" && value !== undefined) {
      syncFd = parseDescriptor(value);
      if (syncFd === undefined) return failed(`invalid fd \`${value}\``);
    } else if (option === "--args" && value !== undefined) {
      const fd = parseDescriptor(value);
      const text = fd === undefined ? undefined : events.readArguments(fd);
      if (text === undefined) return failed(`cannot read arguments from fd \`${value}\``);
      rest.unshift(...splitArguments(text));
    } else {
      const problem = pair === undefined ? `unknown argument \`${argument}\`` : applyOption(pair, argument, option, value);
      if (problem !== "") return failed(problem);
    }
  }
  finishPair();
  return started ? { kind: "run", syncFd } : failed("no proxies specified");
}

function newPair(address: string, path: string): MutablePair {
  return { address, path, log: false, policy: { filter: false, sloppyNames: false, names: [], calls: [], broadcasts: [], hidden: [] } };
}

function applyOption(pair: MutablePair, argument: string, option: string, value: string | undefined): string {
  const { policy } = pair;
  switch (option) {
    case "--filter":
    case "--log":
    case "--sloppy-names":
      if (value !== undefined) break;
      if (option === "--filter") policy.filter = true;
      else if (option === "--log") pair.log = true;
      else policy.sloppyNames = true;
      return "";
    case "--see":
    case "--talk":
    case "--own": {
      if (value === undefined) break;
      if (!isWellKnownName(value.endsWith(".*") ? value.slice(0, -2) : value)) return `\`${value}\` is not a valid well-known name`;
      policy.names.push({ name: value, level: option.slice(2) as "see" | "talk" | "own", because: argument });
      return "";
    }
    case "--call":
    case "--broadcast": {
      if (value === undefined) break;
      const equals = value.indexOf("=");
      if (equals < 0) return `\`${argument}\` needs NAME=RULE`;
      const rule = { name: value.slice(0, equals), rule: value.slice(equals + 1), because: argument };
      if (parseMessageRule(rule.rule) === undefined) return `malformed rule in \`${argument}\``;
      (option === "--call" ? policy.calls : policy.broadcasts).push(rule);
      return "";
    }
  }
  return option === "--set" && value !== undefined ? applySet(policy, argument, value) : `unknown argument \`${argument}\``;
}

/** Ours: a named set, SET or SET:PARAMETER. Here is no app whose id could stand for the parameter. */
function applySet(policy: MutablePair["policy"], because: string, value: string): string {
  const colon = value.indexOf(":");
  const set = BUS_SETS.find(({ name }) => name === (colon < 0 ? value : value.slice(0, colon)));
  const parameter = colon < 0 ? "" : value.slice(colon + 1);
  if (set === undefined) return `no set is called so in \`${because}\`: there are ${BUS_SETS.map(({ name }) => name).join(", ")}`;
  if (set.parameter === null ? parameter !== "" : !set.parameter.fits(parameter))
    return `\`${because}\`: ${set.parameter === null ? "the set takes nothing behind a colon" : `behind the colon belongs ${set.parameter.words}`}`;
  const { own = [], calls = [], broadcasts = [] } = set.grant(parameter);
  policy.names.push(...own.map((name) => ({ name, level: "own" as const, because })));
  policy.calls.push(...calls.map(([name, rule]) => ({ name, rule, because })));
  policy.broadcasts.push(...broadcasts.map(([name, rule]) => ({ name, rule, because })));
  return "";
}

function parseDescriptor(text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** NUL ends each piece; a last one without NUL counts too. */
function splitArguments(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}

function failed(text: string): CommandLineResult {
  return { kind: "error", text };
}
