// Texts for what the front reports by stage and errno. `native.STAGE.ERRNO` wins over `native.STAGE`, and that over `native.other`.
// Values: stage, detail, system (the kernel's answer), command, path (inside), reason (of the operation), line (of the manifest).
import type { MessageTable } from "./message.ts";

const REPORT = "this is a fault of tsbox or of this kernel; please report it with the output of `tsbox run --dry-run`";
const USER_NAMESPACES_OFF =
  "`sysctl kernel.unprivileged_userns_clone user.max_user_namespaces kernel.apparmor_restrict_unprivileged_userns` shows which rule refuses; in a container its runtime must allow them";
const CHANGED = "something changed it during the start; try again";

export const NATIVE_MESSAGES: MessageTable = {
  "native.other": { text: "the sandbox could not be built at `{stage}`: {detail}: {system}", hint: REPORT },

  "native.exec": {
    text: "`{command}` cannot be executed: {system}",
    hint: "`--command=PROGRAM` starts another one; `--filesystem=FOLDER:ro` shows a program that lies elsewhere",
  },
  "native.exec.ENOENT": {
    text: "`{command}` was not found in the sandbox",
    hint: "the sandbox has the host's `/usr`; `--filesystem=FOLDER:ro` shows a program that lies elsewhere, `--command=PROGRAM` starts another one",
  },
  "native.exec.ENOTDIR": { text: "`{command}` was not found in the sandbox: a part of its path is no folder", hint: "`--command=PROGRAM` starts another one" },
  "native.exec.EACCES": { text: "`{command}` is not executable", hint: "`chmod +x` makes it so; a folder is never executable" },
  "native.exec.ENOEXEC": { text: "`{command}` is no program of this machine", hint: "a script needs a first line such as `#!/bin/sh`" },
  "native.exec.E2BIG": {
    text: "`{command}` was given too long a command line or environment",
    hint: "pass fewer arguments, or none of the environment with `--unset-env=NAME`",
  },

  "native.namespaces": { text: "the namespaces of the sandbox were refused: {detail}: {system}", hint: USER_NAMESPACES_OFF },
  "native.namespaces.EPERM": { text: "this system refuses user namespaces to ordinary programs: {system}", hint: USER_NAMESPACES_OFF },
  "native.namespaces.EACCES": { text: "this system refuses user namespaces to ordinary programs: {system}", hint: USER_NAMESPACES_OFF },
  "native.namespaces.ENOSPC": {
    text: "no more user namespaces, or namespaces of another kind, may be made: {system}",
    hint: "`sysctl user` shows the limits (`max_user_namespaces` and its like); end sandboxes that are not needed, or raise the one that is reached",
  },
  "native.namespaces.EUSERS": { text: "user namespaces are nested too deeply here: {system}", hint: "start it outside of the container that surrounds it" },
  "native.namespaces.EINVAL": {
    text: "this kernel lacks a kind of namespace that the sandbox needs: {system}",
    hint: "user, mount, pid, ipc, uts, cgroup and network namespaces must be built in",
  },
  "native.userns-sysctl": {
    text: "this system refuses user namespaces to ordinary users (`kernel.unprivileged_userns_clone=0`)",
    hint: "as root: `sysctl -w kernel.unprivileged_userns_clone=1`; a line in `/etc/sysctl.d/` makes it last",
  },
  "native.userns-limit": {
    text: "no user namespace may be made here (`user.max_user_namespaces=0`)",
    hint: "as root: `sysctl -w user.max_user_namespaces=15000`; a line in `/etc/sysctl.d/` makes it last",
  },
  "native.userns-apparmor": {
    text: "AppArmor refuses user namespaces to programs without a profile (`kernel.apparmor_restrict_unprivileged_userns=1`)",
    hint: "as root, install tsbox at `/usr/libexec/tsbox` and its profile (`native/apparmor/tsbox` says how)",
  },
  "native.userns-filter": {
    text: "a system-call filter around this process refuses user namespaces",
    hint: "start the container around it with a filter that allows them (docker and podman: `--security-opt seccomp=FILE`, systemd: no `RestrictNamespaces=`)",
  },
  "native.uid-map": { text: "the user could not be mapped into the sandbox: {detail}: {system}", hint: USER_NAMESPACES_OFF },
  "native.gid-map": { text: "the group could not be mapped into the sandbox: {detail}: {system}", hint: USER_NAMESPACES_OFF },
  "native.mount-namespace": {
    text: "the sandbox's mounts could not be parted from the host's: {system}",
    hint: "an AppArmor or seccomp rule around this process may forbid mounts",
  },
  "native.mount-namespace.EACCES": {
    text: "an AppArmor rule forbids mounts in user namespaces: {system}",
    hint: "`sysctl kernel.apparmor_restrict_unprivileged_userns` shows the rule",
  },
  "native.second-user-namespace": { text: "the app's own user namespace was refused: {system}", hint: USER_NAMESPACES_OFF },
  "native.disable-userns": { text: "user namespaces could not be closed for the app: {detail}: {system}", hint: REPORT },
  "native.kernel-too-old": {
    text: "this kernel lacks a call that the sandbox needs, or a filter around this process hides it: `{detail}`",
    hint: "Linux 5.12 or newer is needed; in a container its seccomp profile must allow the new mount calls",
  },

  "native.source": { text: "`{detail}` could not be opened for the sandbox ({reason}): {system}", hint: "is it still there and readable?" },
  "native.source.ENOENT": { text: "`{detail}` is gone ({reason})", hint: CHANGED },
  "native.source.EACCES": {
    text: "`{detail}` may not be opened by this user ({reason})",
    hint: "take the grant away with `--nofilesystem=`, or let this user read it",
  },
  "native.source.ELOOP": { text: "a symbolic link appeared on the way to `{detail}` ({reason})", hint: CHANGED },
  "native.source-changed": { text: "`{detail}` is not what it was a moment ago ({reason})", hint: CHANGED },
  "native.source-changed.ESTALE": { text: "`{detail}` is not what it was a moment ago ({reason})", hint: CHANGED },
  "native.clone-tree": { text: "`{detail}` could not be cloned for the sandbox ({reason}): {system}", hint: REPORT },
  "native.tree-attributes": {
    text: "`{detail}` could not be restricted as the plan says ({reason}): {system}",
    hint: "the file system refuses a mount attribute; nothing was started with less",
  },
  "native.init-binary": {
    text: "the installed `tsbox` could not be bound into the sandbox: `{detail}`: {system}",
    hint: "was it replaced or removed while running? start it again",
  },
  "native.destination": {
    text: "the place `{path}` could not be made in the sandbox ({reason}): {system}",
    hint: "another entry of the manifest may stand in its way",
  },
  "native.attach": { text: "`{path}` could not be mounted in the sandbox ({reason}): {system}", hint: REPORT },
  "native.attach.ENOSPC": { text: "the sandbox has too many mounts: `{path}` ({reason})", hint: "`sysctl fs.mount-max` is the limit" },
  "native.directory": {
    text: "the folder `{path}` could not be made in the sandbox ({reason}): {system}",
    hint: "another entry of the manifest may stand in its way",
  },
  "native.symlink": {
    text: "the link `{path}` could not be made in the sandbox ({reason}): {system}",
    hint: "another entry of the manifest may stand in its way",
  },
  "native.file": {
    text: "the file `{path}` could not be made in the sandbox ({reason}): {system}",
    hint: "another entry of the manifest may stand in its way",
  },
  "native.tmpfs": { text: "no memory file system could be made at `{path}`: {system}", hint: REPORT },
  "native.mqueue": { text: "no message queues could be made at `{path}`: {system}", hint: "the kernel must have them built in" },
  "native.proc": {
    text: "no `/proc` of its own could be made: {detail}: {system}",
    hint: "a container around this one that hides parts of `/proc` forbids it: run its outer one with an unmasked `/proc`",
  },
  "native.sysfs": { text: "no `/sys` of its own could be made: {system}", hint: "a container around this one that hides parts of `/sys` forbids it" },
  "native.dev": { text: "the device `{detail}` could not be put into the sandbox: {system}", hint: "it must exist in the host's `/dev`" },
  "native.devpts": { text: "no terminals of its own could be made in `/dev/pts`: {system}", hint: REPORT },
  "native.remount": { text: "`{path}` could not be made read-only: {system}", hint: REPORT },
  "native.chmod": { text: "the mode of `{path}` could not be set: {system}", hint: REPORT },
  "native.new-root": { text: "the sandbox's root could not be entered: {detail}: {system}", hint: REPORT },
  "native.listen": { text: "the app's bus socket could not be made at `{path}`: {system}", hint: REPORT },
  "native.hostname": { text: "the host's name `{detail}` could not be set: {system}", hint: REPORT },
  "native.loopback": { text: "the loopback interface could not be set up: {system}", hint: REPORT },

  "native.capabilities": { text: "the capabilities could not be dropped: {detail}: {system}", hint: REPORT },
  "native.filter": { text: "the system-call filter was refused: {system}", hint: "the kernel must have seccomp filters built in" },
  "native.landlock-scope": { text: "Landlock refused to close abstract sockets: {system}", hint: REPORT },
  "native.landlock-path": {
    text: "Landlock could not be told to allow `{detail}`: {system}",
    hint: "was it moved during the start? try again; `tsbox run --dry-run` shows the rule",
  },
  "native.close-range": { text: "the caller's descriptors could not be closed: {system}", hint: REPORT },
  "native.keep-fd": { text: "a descriptor of `--fd` is not open: {system}", hint: "the shell must open it for `tsbox`, as `{command} 3<FILE` does" },
  "native.chdir": {
    text: "neither the working directory nor the home could be entered in the sandbox: `{detail}`: {system}",
    hint: "`--cwd=/` starts elsewhere",
  },
  "native.new-session": { text: "no session of its own could be made: {system}", hint: REPORT },
  "native.descriptors": {
    text: "too few descriptors are allowed for so many mounts: {system}",
    hint: "`ulimit -n` is the limit; raise it, or grant fewer places",
  },
  "native.fork": { text: "no more processes may be made: {system}", hint: "`ulimit -u` and the session's cgroup hold the limits" },
  "native.memory": { text: "there is not enough memory to build the sandbox", hint: "close something and try again" },
  "native.init-exec": { text: "the sandbox's init could not be started: {detail}: {system}", hint: REPORT },
  "native.init-lost": { text: "the sandbox's first process ended while it was being built: {detail}", hint: "out of memory, or somebody's `kill`? try again" },
  "native.connector": { text: "the connector for the buses could not be started: {detail}: {system}", hint: "`--no-session-bus` starts the app without one" },
  "native.instance": {
    text: "the instance's files could not be written: `{detail}`: {system}",
    hint: "the runtime directory must be yours, writable and not full",
  },
  "native.plan-frame": { text: "the front could not read the plan: {detail}", hint: "front and broker may be of different versions: reinstall tsbox" },
  "native.plan-word": {
    text: "the front does not know the word `{detail}` of the plan",
    hint: "front and broker may be of different versions: reinstall tsbox",
  },
  // Stages of bubblewrap's command line alone; a broker's plan has no word for them.
  "native.plan-words": { text: "the words of the plan do not go together: {detail}", hint: REPORT },
  "native.label": { text: "`{detail}`: labels are not supported", hint: REPORT },
  "native.borrowed-rights": { text: "the front is installed setuid, or was given capabilities", hint: "reinstall tsbox: it makes its own user namespace" },
  "native.join": { text: "a namespace could not be entered ({detail}): {system}", hint: REPORT },
  "native.inform": { text: "the caller could not be told ({detail}): {system}", hint: REPORT },
  "native.overlay": {
    text: "the overlay `{detail}` could not be made: {system}",
    hint: "overlays of an ordinary user need Linux 5.11 or newer, a file system that takes them and nothing mounted below the place; `tsbox run` without `--try` needs none",
  },
  "native.lock-file": { text: "`{detail}` could not be locked: {system}", hint: REPORT },
  "native.plan-data": { text: "the front could not use the data of `{detail}`: {system}", hint: REPORT },
};
