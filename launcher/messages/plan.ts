// Texts of launcher/host and launcher/plan: what stands in the way of a plan, and what a run is told to go without.
import type { MessageTable } from "./message.ts";

export const PLAN_MESSAGES: MessageTable = {
  "host.unknown-machine": { text: "cannot filter system calls on a `{machine}` machine", hint: "tsbox runs on x86-64 and on 64-bit ARM" },
  "host.no-home": { text: "cannot use `{home}` as the home folder", hint: "set HOME to an absolute path below `/`" },
  "host.preparation-failed": { text: "cannot make `{path}` ({reason}): {error}", hint: "make it by hand, or make its parent writable" },
  "plan.no-command": { text: "the manifest of `{id}` names no command", hint: "add `command=PROGRAM` to its [Application] group, or say --command=PROGRAM" },
  "plan.snap-program": {
    text: "`{path}` belongs to snap, which starts it outside any sandbox of ours",
    hint: "install the program from the distribution, or name another one: --command=PROGRAM",
  },
  "plan.set-uid-program": { text: "`{path}` is a set-uid program: inside a sandbox nobody gets other rights", hint: "name another program: --command=PROGRAM" },
  "plan.no-runtime": {
    text: "the runtime `{runtime}` is not here",
    hint: "say --runtime=host to run it on this machine's own programs, or write runtime=host in a group [X-Tsbox]",
  },
  "plan.no-data-folder": {
    text: "the app's own folder `{path}` is not there and could not be made",
    hint: "is the home read-only? the app needs a place for its data",
  },
  "plan.foreign-data-folder": { text: "the app's own folder `{path}` belongs to another user", hint: "chown it, or move it away" },
  "plan.data-folder-unusable": {
    text: "`{path}` is not a folder of its own: an earlier run left a link or a file there",
    hint: "look at it, and move it away",
  },
  "plan.not-given": { text: "`{permission}` is not given by this tsbox yet: {words}" },
  "plan.bind-absent": { text: "`{path}` cannot be bound: there is nothing at that place of the host" },
  "plan.bind-reserved": {
    text: "nothing can be bound at `{path}`: `{reserved}` is the sandbox's own",
    hint: "choose another place inside, such as below `/mnt`",
  },
  "plan.reserved": { text: "`{path}` is not given: `{reserved}` is the sandbox's own or leads out of it" },
  "plan.pipewire-not-given": {
    text: "`{path}` is not given: who has PipeWire's own socket can have it load code outside the sandbox",
    hint: "sound needs `sockets=pulseaudio` alone; --accept-lower={level} gives the socket as it is",
  },
  "plan.protected": { text: "`{path}` is not given: {reason}" },
  "plan.protected-read-only": { text: "`{path}` is given read-only: {reason}" },
  "plan.planted-link": {
    text: "`{link}` is not followed: the app can write there, and could have made this link to `{target}` itself",
    hint: "grant `{target}` under its own name",
  },
  "plan.login-link": {
    text: "`{path}` is not given: the link `{link}` leads to `{target}`, which may start programs outside the sandbox ({reason}), and another app could have made it",
    hint: "grant `{target}` under its own name",
  },
  "plan.denied-link": { text: "`{path}` is not given: it leads to `{target}`, and `{denial}` denies what is there" },
  "plan.closed-folder": {
    text: "`{path}` is held as it is: it is closed to its owner, and the app could open it again ({reason})",
    hint: "chmod u+rwx it, if it was not meant to be closed",
  },
  "plan.not-mountable": { text: "`{path}` is not given: it is a device, which belongs to `devices=`" },
  "plan.no-such-place": {
    text: "`{location}` is not given: this user has no such folder",
    hint: "`{variable}` in ~/.config/user-dirs.dirs names it; `xdg-user-dirs-update` makes those that are usual",
  },
  "plan.protected-missing": {
    text: "cannot start: `{path}` is missing and the app could write it first ({reason})",
    hint: "make it by hand, or take the writable grant above it away",
  },
  "plan.root-writable-host": {
    text: "root's `{location}` cannot be writable: inside it would be the host itself",
    hint: "run it as an ordinary user, or grant `{location}:ro`",
  },
  "plan.persistent-outside": { text: "`persistent={path}` leaves the home folder", hint: "name a folder below the home, without `..`" },
  "plan.persistent-unusable": { text: "`{path}` is not a folder of its own: an earlier run left a link or a file there", hint: "look at it, and move it away" },
  "plan.wayland-absent": {
    text: "Wayland is granted, but there is no socket at `{path}`",
    hint: "start it from a Wayland desktop, or set WAYLAND_DISPLAY, or say --nosocket=wayland",
  },
  "plan.wayland-silent": {
    text: "Wayland is granted, but the compositor at `{path}` does not answer",
    hint: "is it stuck? try again, or say --nosocket=wayland",
  },
  "plan.device-use-absent": {
    text: "`{word}` is allowed, but there is no such device now",
    hint: "`tsbox devices` lists what is here; plug it in before the start",
  },
  "plan.device-here-absent": { text: "`devices={device}` is granted, but there is no `{path}` on this machine" },
  "plan.helper-unnamed": { text: "{what} is granted, but `{variable}` names no socket", hint: "it runs without" },
  "plan.helper-behind-a-link": {
    text: "{what} is granted, but `{link}` on the way to it is a link that an app could have made, to `{target}`",
    hint: "name the socket itself, without links, in the variable that leads to it",
  },
  "plan.helper-absent": { text: "{what} is granted, but there is no socket at `{paths}`", hint: "it runs without" },
  "plan.x11-no-own-server": {
    text: "X11 is to be a server of the app's own, and there is none that fits this desktop: `{programs}`",
    hint: "install Xephyr (X desktops) or Xwayland (Wayland desktops); the host's own is never taken instead",
  },
  "plan.clipboard-not-carried": { text: "the clipboard is carried between X servers alone, and this desktop has none: the app's stays its own" },
  "plan.clipboard-idle": {
    text: "`clipboard={word}` says nothing here: with `x11={mode}` the app shares the clipboard of the X server",
    hint: "`x11=nested` gives it a server and a clipboard of its own",
  },
  "plan.x11-remote-untrusted": { text: "`x11={word}` needs an X server of this machine, and `{display}` is another's" },
  "plan.sound-absent": {
    text: "sound is granted, but there is no sound server at `{path}`",
    hint: "it runs without sound; start PulseAudio or pipewire-pulse, or say --nosocket=pulseaudio",
  },
  "plan.sound-not-local": { text: "sound is granted, but `{address}` is no sound server of this machine", hint: "it runs without sound" },
  "plan.x11-no-display": { text: "X11 is granted, but DISPLAY is not set", hint: "start it from a desktop, or set DISPLAY, or say --nosocket=x11" },
  "plan.x11-not-local": {
    text: "X11 is granted, but `DISPLAY={display}` is no display of this machine, and another's needs the network",
    hint: "set DISPLAY to a local one such as `:0`, or say --share=network, or --nosocket=x11",
  },
  "plan.x11-absent": {
    text: "X11 is granted, but there is no server at `{path}` (`DISPLAY={display}`)",
    hint: "start it from a desktop, or correct DISPLAY, or say --nosocket=x11",
  },
  "plan.dri-absent": { text: "this machine has no graphics device to give; the app draws without one" },
  "plan.device-absent": { text: "the device `{device}` is granted, but there is no `{path}`", hint: "say --nodevice={device} to start without it" },
  "plan.session-bus-unusable": {
    text: "cannot use the session bus at `{address}`: only unix sockets can be passed on",
    hint: "correct DBUS_SESSION_BUS_ADDRESS, or say --no-session-bus",
  },
  "plan.session-bus-dead": {
    text: "DBUS_SESSION_BUS_ADDRESS names `{path}`, and there is no socket",
    hint: "start a session bus, or unset the variable, or say --no-session-bus",
  },
  "plan.session-bus-absent": {
    text: "the session bus is granted, but there is none at `{path}`",
    hint: "start it from a desktop or under dbus-run-session, or say --nosocket=session-bus",
  },
  "plan.bus-rule-hidden": { text: "`{rule}` gives nothing, `{name}` stays hidden: {because}" },
  "plan.session-bus-absent-names": { text: "there is no session bus: `{name}` and the rest of the bus are out of reach" },
  "plan.system-bus-unusable": {
    text: "cannot use the system bus at `{address}`: only unix sockets can be passed on",
    hint: "correct DBUS_SYSTEM_BUS_ADDRESS, or unset it",
  },
  "plan.system-bus-dead": {
    text: "DBUS_SYSTEM_BUS_ADDRESS names `{path}`, and there is no socket",
    hint: "correct the variable, or unset it",
  },
  "plan.system-bus-absent": { text: "there is no system bus at `{path}`: the app runs without it" },
  "plan.backend-bwrap": {
    text: "a sandbox that bubblewrap builds protects less: no buses, no second layer, sources that are not compared with the plan",
    hint: "`--dry-run=bwrap` lists what it cannot say; accept it with --accept-lower=backend-bwrap",
  },
  "plan.nested-full-as-root": {
    text: "`nested=full` is not given to the superuser: with mounts of its own the app could write settings of the kernel",
    hint: "start it as an ordinary user, or say --nested=isolate",
  },
  "plan.abstract-sockets-reachable": {
    text: "the network is shared, and Linux {kernel} cannot close the host's abstract sockets (6.12 can)",
    hint: "say --unshare=network, or accept it: --accept-lower=abstract-sockets-reachable",
  },
};
