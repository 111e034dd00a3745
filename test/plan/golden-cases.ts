// The cases of the golden plans: literal hosts, manifests and callers.
import { type FakeRun, GUARDED_HOME, type Tree } from "./fake-host.ts";

const X11_HOST: Tree = { "/tmp/.X11-unix/X0": "socket", "/home/ada/.Xauthority": "file:" };
const DESKTOP: Tree = {
  ...X11_HOST,
  "/run/user/1000/bus": "socket",
  "/run/user/1000/wayland-0": "socket",
  "/run/user/1000/pipewire-0": "socket",
  "/dev/dri": "root:directory",
  "/dev/nvidia0": "root:character",
  "/home/ada/.local/share/fonts": "directory",
  "/home/ada/.local/share/icons": "directory",
  "/home/ada/.themes": "directory",
  "/var/cache/fontconfig": "root:directory",
  "/usr/share/applications/mimeinfo.cache": "root:file",
  "/usr/share/applications/gnome-mimeapps.list": "root:file",
  "/usr/share/applications/kde-mimeapps.list": "root:file",
};
const DESKTOP_ENVIRONMENT = {
  DISPLAY: ":0",
  WAYLAND_DISPLAY: "wayland-0",
  XDG_CURRENT_DESKTOP: "GNOME",
  GTK_IM_MODULE: "ibus",
  SSH_AUTH_SOCK: "/run/user/1000/keyring/ssh",
  XDG_CONFIG_HOME: "/home/ada/.config",
};

export const GOLDEN_CASES: Readonly<Record<string, FakeRun>> = {
  "nothing granted": {},
  "desktop program": {
    tree: DESKTOP,
    environment: DESKTOP_ENVIRONMENT,
    words: {
      shared: ["network", "ipc"],
      sockets: ["wayland", "fallback-x11", "pulseaudio"],
      devices: ["dri"],
      filesystems: ["xdg-documents", "xdg-music:ro", "xdg-config/kdeglobals:ro", "xdg-run/pipewire-0"],
      sessionBus: { "org.freedesktop.Notifications": "talk", "org.example.Other.*": "own", "org.example.Hidden": "none" },
      environment: { GDK_SCALE: "2", LANG: null },
    },
  },
  "x11 on display 99": {
    tree: { ...X11_HOST, "/tmp/.X11-unix/X99": "socket" },
    environment: { DISPLAY: "unix:99.1", XAUTHORITY: "/home/ada/.Xauthority" },
    words: { sockets: ["x11"] },
    abstractSockets: ["/tmp/.X11-unix/X100"],
  },
  "x11 as a stranger": { tree: X11_HOST, environment: { DISPLAY: ":0" }, words: { sockets: ["x11"], settings: { x11: "untrusted" } } },
  "x11 of its own": {
    tree: { ...X11_HOST, "/usr/bin/Xephyr": "root:file", "/usr/bin/Xwayland": "root:file" },
    environment: { DISPLAY: ":0" },
    words: { sockets: ["x11"], settings: { x11: "nested" } },
  },
  "x11 of its own without a server": { tree: X11_HOST, environment: { DISPLAY: ":0" }, words: { sockets: ["x11"], settings: { x11: "nested" } } },
  "fallback x11 without wayland": { tree: X11_HOST, environment: { DISPLAY: ":0" }, words: { sockets: ["wayland", "fallback-x11"] } },
  "files that follow the host": {
    tree: { "/run/user/1000/tsbox/followed/network": "directory", "/run/user/1000/tsbox/followed/clock": "directory" },
    words: { shared: ["network"] },
  },
  "nested sandboxes of a browser": { words: { settings: { nested: "isolate" } } },
  "nested sandboxes of every kind": { words: { settings: { nested: "full" } } },
  "no display at all": { words: { sockets: ["wayland", "x11"] } },
  "writable home": { tree: GUARDED_HOME, words: { filesystems: ["home", "!~/Documents", "~/.ssh:ro"], persistent: [".mozilla"] } },
  "writable home with everything": { tree: GUARDED_HOME, words: { filesystems: ["home-all"] } },
  "writable home behind links": {
    tree: {
      ...Object.fromEntries(Object.entries(GUARDED_HOME).map(([path, what]) => [path.replace("/home/ada/.local/share", "/home/ada/data"), what])),
      "/home/ada/.local/share": "-> ../data",
    },
    words: { filesystems: ["home"] },
  },
  "home that cannot be guarded": { tree: { ...GUARDED_HOME, "/home/ada/.config/tsbox": "absent" }, words: { filesystems: ["home"] } },
  "home before it is prepared": { words: { filesystems: ["~/.local", "~/new:create"] }, options: { assumePrepared: true } },
  "whole host": {
    tree: { ...GUARDED_HOME, "/srv": "root:directory", "/mnt": "root:directory", "/run/media": "root:directory", "/home/ada/secret.txt": "file" },
    words: { filesystems: ["host", "!~/secret.txt"] },
  },
  "system of the host": { words: { filesystems: ["host-os:ro", "host-etc:ro"] } },
  "reserved and protected places": {
    tree: { ...GUARDED_HOME, "/run/user/1000/gnupg": "directory", "/run/user/1000/bus": "socket", "/usr/local/games": "root:directory" },
    words: {
      filesystems: [
        "/usr",
        "/usr/local:ro",
        "/run",
        "xdg-run/gnupg:ro",
        "xdg-run/bus",
        "~/.var/app/org.example.Other",
        "xdg-data/flatpak:ro",
        "xdg-data/applications",
        "xdg-data/tsbox:ro",
        "/sys",
      ],
    },
  },
  "nesting of grants": {
    tree: { ...GUARDED_HOME, "/home/ada/a/b/c/d": "directory", "/home/ada/file": "file" },
    words: { filesystems: ["~/a:ro", "!~/a/b", "~/a/b/c", "~/missing", "!~/file", "xdg-videos"] },
  },
  "persistent folders": {
    tree: { "/home/ada/.var/app/org.example.App/.mozilla": "directory", "/home/ada/.var/app/org.example.App/.planted": "-> /home/ada" },
    words: { persistent: [".mozilla"] },
  },
  "planted link in persistent folders": {
    tree: { "/home/ada/.var/app/org.example.App/.planted": "-> /home/ada" },
    words: { persistent: [".planted", "../x"] },
  },
  sound: {
    tree: { "/run/user/1000/pulse": "directory", "/run/user/1000/pulse/native": "socket", "/dev/snd": "root:directory" },
    environment: { PULSE_SERVER: "{7f}unix:/run/user/1000/pulse/native tcp:far" },
    words: { sockets: ["pulseaudio"], audio: { microphone: true } },
  },
  "every device": {
    tree: { "/dev/mqueue": "root:directory", "/dev/snd": "root:directory" },
    words: { devices: ["all", "dri"], features: ["devel", "bluetooth"] },
  },
  "shared memory": { words: { devices: ["shm"] } },
  "unfiltered bus": { tree: { "/run/user/1000/bus": "socket" }, words: { sockets: ["session-bus"] } },
  "abstract bus without a runtime directory": {
    environment: { DBUS_SESSION_BUS_ADDRESS: "unix:abstract=/tmp/dbus-x,guid=00" },
    caller: { runtimeDirectory: "/tmp/tsbox-1000", runtimeDirectoryIsFallback: true },
    words: { sessionBus: { "org.freedesktop.Flatpak": "talk" } },
  },
  "dead bus": { environment: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/gone" } },
  helpers: {
    tree: { "/tmp/ssh-x/agent.1": "socket", "/run/user/1000/gnupg/S.gpg-agent": "socket", "/run/cups/cups.sock": "root:socket", "/dev/kvm": "root:character" },
    environment: { SSH_AUTH_SOCK: "/tmp/ssh-x/agent.1" },
    words: { sockets: ["cups", "ssh-auth", "gpg-agent", "pcsc"], devices: ["kvm"], deviceUses: ["camera", "!fido", "smartcard"] },
  },
  "not given yet": {
    words: { sockets: ["!cups", "inherit-wayland-socket"], features: ["multiarch"] },
  },
  "system and accessibility bus": {
    tree: { "/run/dbus": "root:directory", "/run/dbus/system_bus_socket": "socket", "/run/user/1000/bus": "socket", "/run/user/1000/at-spi/bus_0": "socket" },
    environment: { DISPLAY: ":0" },
    words: { systemBus: { "org.freedesktop.UPower": "talk", "org.freedesktop.login1": "see", "org.freedesktop.systemd1": "none" } },
  },
  "whole system bus": { tree: { "/run/dbus": "root:directory", "/run/dbus/system_bus_socket": "socket" }, words: { sockets: ["system-bus"] } },
  "own program": {
    tree: { "/opt/program": "root:directory" },
    manifest: { programFolder: "/opt/program" },
    cwd: "/usr/bin",
    options: { callerArgumentsFrom: 2, keepDescriptors: [5] },
  },
  "old kernel with network": { caller: { kernel: { major: 6, minor: 1 } }, words: { shared: ["network"] } },
  "old kernel with network accepted": { caller: { kernel: { major: 6, minor: 1 } }, words: { shared: ["network"], accepted: ["abstract-sockets-reachable"] } },
  "root with a writable host": { caller: { uid: 0, gid: 0 }, words: { filesystems: ["host"] } },
  "unmerged usr on arm": {
    caller: { arch: "aarch64" },
    tree: { "/bin": "root:directory", "/sbin": "root:directory", "/lib": "root:directory", "/lib64": "absent", "/nix/store": "root:directory" },
  },
};
