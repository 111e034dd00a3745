// A plan as a person reads it: `--dry-run`, and the golden plans of the tests. Pure.
import { isSoundServer } from "../../dbus-proxy/control.ts";
import type { ProxyPolicy } from "../../dbus-proxy/policy/policy.ts";
import { octal } from "./encode.ts";
import { placeOf } from "./origin-text.ts";
import type { Because, Operation, Plan, PlanBus } from "./plan.ts";

export function renderPlanText(plan: Plan): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [`${plan.appId}`, headLines(plan)],
    ["operations", plan.operations.map((operation) => explained(describeOperation(operation), operation.because))],
    ["followed", plan.followed.map(({ path, stage, name, writable }) => `${path} and ${stage}/${name}${writable ? "" : ", from there alone"}`)],
    ["Landlock", landlockLines(plan)],
    ["environment", environmentLines(plan)],
    ["buses", plan.buses.flatMap(busLines)],
    ["lower levels", plan.lowerLevels.map(({ name, because }) => explained(name, because))],
    ["notices", plan.notices],
    ["/.flatpak-info", plan.identity.trimEnd().split("\n")],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}\n${lines.map((line) => (line === "" ? "\n" : `  ${line}\n`)).join("")}`)
    .join("\n");
}

function headLines(plan: Plan): readonly string[] {
  const namespaces = ["user", "mount", "pid", "uts", "cgroup", ...(plan.namespaces.network ? ["net"] : []), ...(plan.namespaces.ipc ? ["ipc"] : [])];
  return [
    `command: ${plan.command.map(quoted).join(" ")}${plan.callerArgumentsFrom === null ? "" : " and the caller's arguments"}`,
    `working directory: ${plan.workingDirectory}`,
    `own namespaces: ${namespaces.join(", ")}`,
    `host name: ${plan.hostname ?? "the host's"}`,
    `nested sandboxes: ${plan.nested}`,
    `filter: ${plan.filter.length / 8} instructions`,
    `Landlock scopes: ${plan.scopes.length === 0 ? "none" : plan.scopes.join(", ")}`,
    `Landlock paths: ${plan.landlock.off === null ? `ABI ${plan.landlock.abi}, all but ${plan.landlock.rules.length} places are refused` : `none, ${plan.landlock.off}`}`,
    ...(plan.locks.length === 0 ? [] : [`locked: ${plan.locks.join(", ")}`]),
    ...(plan.keepDescriptors.length === 0 ? [] : [`descriptors kept: ${plan.keepDescriptors.join(", ")}`]),
  ];
}

function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case "bind": {
      const made = operation.source.ino === 0n ? " (to be made)" : "";
      return `${operation.access.padEnd(3)} ${operation.to}${operation.from === operation.to ? "" : ` from ${operation.from}`}${made}`;
    }
    case "link-bind":
      return `link held ${operation.to}`;
    case "layer":
      return `layer over ${operation.from} in ${operation.upper}`;
    case "layered-bind":
      return `rw  ${operation.to} by its layer${operation.from === operation.to ? "" : ` from ${operation.from}`}`;
    case "directory":
      return `dir ${operation.to} ${octal(operation.mode)}`;
    case "tmpfs":
      return `tmpfs ${operation.to} ${octal(operation.mode)}${operation.sizeBytes === null ? "" : ` of ${operation.sizeBytes} bytes`}`;
    case "symlink":
      return `link ${operation.to} -> ${operation.target}`;
    case "data":
      return `data ${operation.to} ${octal(operation.mode)}, ${operation.bytes.length} bytes`;
    case "listen":
      return `listen ${operation.to} for ${operation.name === "pulse" ? "sound" : operation.name === "pipewire" ? "PipeWire" : `the ${operation.name} bus`}`;
    case "x11-server":
      return `listen ${operation.to} for X11, served by ${operation.program}`;
    case "x11-clipboard":
      return `carry text between clipboards, ${operation.ways === "in" ? "into the app alone" : "both ways"}, by ${operation.to}`;
    case "x11-stranger":
      return `data ${operation.to} 0600, a cookie for strangers made by ${operation.server}`;
    case "wayland-context":
      return `listen ${operation.to} for Wayland, served by ${operation.compositor} as a sandbox's`;
    case "proc":
      return `proc ${operation.to}${operation.whole ? ", whole" : ""}`;
    case "remount-ro":
      return `seal ${operation.to}`;
    default:
      return `${operation.kind} ${operation.to}`;
  }
}

function landlockLines({ landlock: { handled, rules } }: Plan): readonly string[] {
  if (handled.length === 0) return [];
  return [`handled: ${handled.join(", ")}`, ...rules.map(({ path, access, because }) => explained(`${access.padEnd(3)} ${path}`, because))];
}

function environmentLines({ environment }: Plan): readonly string[] {
  const set = [...environment.set].map(([name, { value, because }]) => explained(`${name}=${quoted(value)}`, because));
  const passed = [...environment.pass].map(([name, because]) => explained(`${name} as the caller has it`, because));
  return [...set, ...passed];
}

function busLines(bus: PlanBus): readonly string[] {
  if (!isSoundServer(bus)) return [`${bus.name} at ${bus.address}${bus.policy.filter ? "" : ", not filtered"}`, ...policyLines(bus.policy)];
  const { playback, microphone, monitor } = bus.policy;
  return [`${bus.name === "pipewire" ? "PipeWire" : "sound server"} at ${bus.address}`, `  playback=${playback} microphone=${microphone} monitor=${monitor}`];
}

function policyLines(policy: ProxyPolicy): readonly string[] {
  return [
    ...policy.names.map(({ name, level, because }) => `  ${level} ${name}  # ${because}`),
    ...policy.calls.map(({ name, rule, because }) => `  call ${name}=${rule}  # ${because}`),
    ...policy.broadcasts.map(({ name, rule, because }) => `  broadcast ${name}=${rule}  # ${because}`),
    ...policy.hidden.map(({ name, because }) => `  hidden ${name}  # ${because}`),
    ...(policy.ownReferences === undefined ? [] : [`  speaks of its own objects alone, and of ${policy.ownReferences.beside.join(", ")} as their parent`]),
    ...(policy.withheld ?? []).map(({ portal, because }) => `  no portal ${portal}  # ${because}`),
  ];
}

function explained(line: string, because: Because): string {
  return `${line}  # ${because.reason}${because.origin === null ? "" : ` (${placeOf(because.origin)})`}`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : JSON.stringify(text);
}
