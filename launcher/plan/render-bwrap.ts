// A plan as a POSIX script that ends in `exec bwrap …`: `--dry-run=bwrap`. Pure. What bubblewrap cannot say is a comment `# not in bwrap: …`.
//
// Data lies in files of a temporary folder and is bound from there: a POSIX shell has descriptors 3 to 9 only, fewer than a plan has data.
import { isSound } from "../../dbus-proxy/control.ts";
import { octal } from "./encode.ts";
import { INSTANCE_MARK } from "./identity.ts";
import type { Operation, Plan } from "./plan.ts";

interface Script {
  /** Lines that make what the call needs. */
  readonly before: string[];
  /** Lines of the call, each a few words. */
  readonly call: string[];
  readonly missing: string[];
  files: number;
}

export function renderPlanBwrap(plan: Plan): string {
  const script: Script = { before: [], call: [], missing: [], files: 0 };
  addSettings(script, plan);
  for (const operation of plan.operations) addOperation(script, operation);
  const identity = new TextEncoder().encode(plan.identity.replaceAll(INSTANCE_MARK, "0"));
  script.call.push(`--ro-bind ${addFile(script, identity, 0o600)} /.flatpak-info`);
  script.before.push(`exec 9<${addFile(script, plan.filter, 0o600)}`);
  script.call.push("--seccomp 9", `--chdir ${quote(plan.workingDirectory)}`);
  const command = plan.command.map(quote).join(" ");
  return [
    "#!/bin/sh",
    `# The sandbox of ${plan.appId} in the words of bubblewrap 0.8 or later; arguments of this script go to the app.`,
    ...[...new Set(script.missing)].map((line) => `# not in bwrap: ${line}`),
    "set -eu",
    "mask=$(umask)",
    "umask 077",
    `data=$(mktemp -d "\${TMPDIR:-/tmp}/tsbox-plan.XXXXXX")`,
    `echo "data files are in $data; remove them when the app has ended" >&2`,
    ...script.before,
    'umask "$mask"',
    "exec bwrap \\",
    ...script.call.map((line) => `  ${line} \\`),
    `  -- ${command} "$@"`,
    "",
  ].join("\n");
}

function addSettings(script: Script, plan: Plan): void {
  script.call.push("--unshare-user --unshare-pid --unshare-uts --unshare-cgroup-try --cap-drop ALL --die-with-parent");
  if (plan.nested === "none") script.call.push("--disable-userns");
  if (plan.namespaces.network) script.call.push("--unshare-net");
  if (plan.namespaces.ipc) script.call.push("--unshare-ipc");
  if (plan.hostname !== null) script.call.push(`--hostname ${quote(plan.hostname)}`);
  script.call.push("--clearenv");
  for (const name of plan.environment.pass.keys()) {
    // A name that no shell can hold cannot be passed on by a script.
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) script.call.push(`\${${name}+--setenv ${name} "$${name}"}`);
    else script.missing.push(`the caller's variable ${comment(name)}`);
  }
  for (const [name, { value }] of plan.environment.set) script.call.push(`--setenv ${quote(name)} ${quote(value)}`);
  script.missing.push(
    "sources are not compared with the device and inode that the plan saw, nor opened without links",
    "pid 1 is bubblewrap's own, not tsbox's",
    "/proc/sys stays as the kernel guards it, and so do /proc/irq and /proc/bus, where tsbox makes them read-only",
    "data has a name on the host: it lies in files of a temporary folder",
    "device nodes are mounted without noexec",
    "the number of the instance, its folder and its lock: /.flatpak-info says 0",
  );
  if (plan.landlock.off === null) script.missing.push("Landlock's rules on paths, the second layer below the mounts");
  for (const scope of plan.scopes) script.missing.push(`the Landlock scope ${scope}`);
  for (const bus of plan.buses)
    script.missing.push(`${isSound(bus.name) ? "sound" : `the ${bus.name} bus`}: its filter and the connector that speaks for the app`);
  script.missing.push(
    plan.keepDescriptors.length === 0 ? "descriptors above 2 of the caller are not closed" : `only descriptors ${plan.keepDescriptors.join(", ")} are kept`,
  );
}

const BIND_WORDS = { ro: "--ro-bind", rw: "--bind", dev: "--dev-bind" } as const;

function addOperation(script: Script, operation: Operation): void {
  const to = quote(operation.to);
  switch (operation.kind) {
    case "bind":
      if (operation.source.ino === 0n)
        script.before.push(
          operation.source.type === "directory" ? `mkdir -p ${quote(operation.from)}` : `[ -e ${quote(operation.from)} ] || : >${quote(operation.from)}`,
        );
      script.call.push(`${BIND_WORDS[operation.access]} ${quote(operation.from)} ${to}`);
      return;
    case "link-bind":
      script.missing.push(`the link ${comment(operation.to)} is not held in its place: what lies behind it can be replaced`);
      return;
    case "listen":
      script.missing.push(`no socket listens at ${comment(operation.to)}`);
      return;
    case "x11-clipboard":
      return;
    case "x11-server":
    case "x11-stranger":
      script.missing.push(`no X11: bubblewrap cannot ask for what lies at ${comment(operation.to)}`);
      return;
    case "wayland-context":
      script.missing.push(`no Wayland: bubblewrap cannot ask the compositor for a socket of the app's own at ${comment(operation.to)}`);
      return;
    case "sysfs":
      script.missing.push("a fresh /sys: there is none");
      return;
    case "directory":
      script.call.push(`--perms ${octal(operation.mode)} --dir ${to}`);
      return;
    case "tmpfs":
      if (operation.to.startsWith("/sys/")) return;
      script.call.push(`--perms ${octal(operation.mode)}${operation.sizeBytes === null ? "" : ` --size ${operation.sizeBytes}`} --tmpfs ${to}`);
      return;
    case "symlink":
      script.call.push(`--symlink ${quote(operation.target)} ${to}`);
      return;
    case "data":
      script.call.push(`--ro-bind ${addFile(script, operation.bytes, operation.mode)} ${to}`);
      return;
    case "proc":
      script.call.push(`--proc ${to}`);
      return;
    default:
      script.call.push(`--${operation.kind} ${to}`);
  }
}

/** Writes the bytes into the next file of the data folder; answers the shell word that names it. */
function addFile(script: Script, bytes: Uint8Array, mode: number): string {
  const name = `"$data"/${script.files}`;
  script.files += 1;
  script.before.push(`printf '${printfText(bytes)}' >${name}`, `chmod ${octal(mode)} ${name}`);
  return name;
}

/** A format for printf(1) that gives exactly these bytes. */
function printfText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x0a) text += "\\n";
    else if (byte >= 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x27 && byte !== 0x5c) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return text;
}

/** One word for a POSIX shell, whatever it holds. */
function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** In a comment a line break would start a command. */
function comment(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
