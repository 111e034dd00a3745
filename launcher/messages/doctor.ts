// Texts of `tsbox doctor`: what was found, and the exact fix as the hint.
import type { MessageTable } from "./message.ts";

export const DOCTOR_MESSAGES: MessageTable = {
  "doctor.check-unknown": { text: "no check is called `{name}`", hint: "the checks are {names}" },
  "doctor.kernel": { text: "Linux {release}" },
  "doctor.kernel-without-scopes": {
    text: "Linux {release} cannot close the host's abstract sockets to an app that shares the network",
    hint: "Linux 6.12 or newer can; until then such an app is refused unless you accept `abstract-sockets-reachable`",
  },
  "doctor.kernel-too-old": { text: "Linux {release} lacks the mount calls that the sandbox needs", hint: "Linux 5.12 or newer is needed" },
  "doctor.user-namespaces": { text: "a sandbox was built, and ended well" },
  "doctor.sandbox-refused": { text: "no sandbox can be built: {problem}" },
  "doctor.sandbox-refused-with-fix": { text: "no sandbox can be built: {problem}", hint: "{fix}" },

  "doctor.runtime-directory": { text: "`{folder}`" },
  "doctor.runtime-directory-made": {
    text: "there is no XDG_RUNTIME_DIR: `{folder}` stands in, and portals do not know the apps",
    hint: "log in by a display manager or `machinectl login`, so that /run/user/{uid} is made",
  },
  "doctor.runtime-directory-unfit": {
    text: "the runtime directory belongs to somebody else, or others can enter it",
    hint: "chown {uid} and chmod 700 what XDG_RUNTIME_DIR names, or unset it",
  },
  "doctor.folders": { text: "yours and writable; {apps} apps keep data" },
  "doctor.no-home": { text: "the home folder `{home}` is not there", hint: "set HOME to a folder of yours" },
  "doctor.folder-is-file": { text: "`{path}` is no folder", hint: "mv {path} {path}.old" },
  "doctor.folder-foreign": { text: "`{path}` belongs to the user {owner}", hint: "as root: chown -R {uid} {path}" },
  "doctor.folder-read-only": { text: "`{path}` cannot be written", hint: "chmod u+rwx {path}, or mount its file system writable" },
  "doctor.session-bus-listens": { text: "`{socket}`" },
  "doctor.session-bus-dead": {
    text: "nobody listens at `{socket}`: apps start with `--no-session-bus` alone",
    hint: "log in anew, or start one: dbus-run-session COMMAND",
  },
  "doctor.session-bus-absent": {
    text: "there is no session bus at `{socket}`: apps get none",
    hint: "start from a desktop session, or with dbus-run-session COMMAND",
  },
  "doctor.bus-address": {
    text: "the session bus's address `{address}` is of a kind that no sandbox can be given",
    hint: "set DBUS_SESSION_BUS_ADDRESS=unix:path=PATH",
  },
  "doctor.system-bus-listens": { text: "`{socket}`" },
  "doctor.system-bus-dead": {
    text: "nobody listens at `{socket}`: apps that name services on the system bus do not start",
    hint: "as root: systemctl restart dbus",
  },
  "doctor.system-bus-absent": { text: "there is no system bus at `{socket}`", hint: "as root: apt install dbus && systemctl start dbus" },
  "doctor.wayland": { text: "a compositor of Wayland's at `{socket}`" },
  "doctor.wayland-dead": {
    text: "nobody listens at `{socket}`, which WAYLAND_DISPLAY names",
    hint: "start from the desktop session itself, or unset WAYLAND_DISPLAY",
  },
  "doctor.x11": { text: "an X server at `{display}`" },
  "doctor.x11-dead": { text: "DISPLAY is `{display}`, and nobody listens at `{socket}`", hint: "start from the desktop session itself, or set DISPLAY" },
  "doctor.x11-far": { text: "DISPLAY `{display}` is a server over the network, which no sandbox reaches", hint: "set DISPLAY to a local one, such as `:0`" },
  "doctor.no-display": { text: "there is no display: programs with windows do not start", hint: "start from a desktop session" },
  "doctor.sound": { text: "`{socket}`" },
  "doctor.sound-pipewire-alone": {
    text: "nothing serves `{socket}`, though PipeWire runs: apps are silent",
    hint: "apt install pipewire-pulse && systemctl --user enable --now pipewire-pulse.socket",
  },
  "doctor.no-sound": { text: "there is no sound server at `{socket}`: apps are silent", hint: "systemctl --user start pipewire-pulse, or pulseaudio --start" },
  "doctor.portal": { text: "back ends: {names}" },
  "doctor.no-portal": {
    text: "xdg-desktop-portal is not installed: apps open only what they are granted",
    hint: "apt install xdg-desktop-portal xdg-desktop-portal-gtk",
  },
  "doctor.no-portal-back-end": {
    text: "xdg-desktop-portal has no back end: its dialogs do not appear",
    hint: "apt install xdg-desktop-portal-gtk, or that of your desktop",
  },
  "doctor.fuse": { text: "/dev/fuse and `{helper}`" },
  "doctor.no-fuse": { text: "there is no /dev/fuse: files chosen in a dialog cannot be given to an app", hint: "as root: modprobe fuse" },
  "doctor.fuse-closed": { text: "/dev/fuse is closed to you: files chosen in a dialog cannot be given to an app", hint: "as root: chmod 666 /dev/fuse" },
  "doctor.no-fusermount": { text: "fusermount3 is not installed: files chosen in a dialog cannot be given to an app", hint: "apt install fuse3" },
  "doctor.fusermount-plain": { text: "`{helper}` is not set-uid: files chosen in a dialog cannot be given to an app", hint: "as root: chmod u+s {helper}" },
  "doctor.cgroup": { text: "this session's own group; controllers: {controllers}" },
  "doctor.no-cgroup": {
    text: "there are no control groups of the second version: limits of memory and processor cannot be held",
    hint: "boot with systemd.unified_cgroup_hierarchy=1",
  },
  "doctor.cgroup-not-delegated": {
    text: "`{folder}` is not yours to divide: limits of memory and processor cannot be held",
    hint: "start from a session of systemd's, as `systemd-run --user --scope COMMAND` does",
  },
  "doctor.exports": { text: "each as it was written" },
  "doctor.exports-stale": { text: "{problem}", hint: "tsbox export --check names them; tsbox export APP writes them anew" },
};
