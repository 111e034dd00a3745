// The login set: what runs by itself outside the sandbox, at login or with the next shell, editor or commit. A writable home leaves it read-only.
// Data with reasons; the one place to extend.
import { isBelow } from "../host/walk.ts";
import type { Guard } from "./guards.ts";
import type { RunInputs } from "./inputs.ts";
import { baseFolders } from "./protected-paths.ts";

/**
 * What happens to a missing one, as an app could otherwise write it first. `folder`, `private-folder`, `file`: made empty, which changes nothing for the
 * program that reads it. `link:X`: made as a link to X, because an empty one would shadow X. `leave`: a made one would do harm or litter; told.
 */
type Missing = "folder" | "private-folder" | "file" | "leave" | `link:${string}`;

interface LoginPath {
  readonly base: "home" | "config" | "data";
  readonly path: string;
  readonly missing: Missing;
  readonly reason: string;
}

const SHELL = "shells read it at every start";
const SESSION = "the desktop starts it at login";
const WINDOW_MANAGER = "the window manager runs the commands in it";
const EDITOR = "the editor runs the code in it";
const BY_THEMSELVES = "panels, screen savers and their like run the commands in it";
const KEYS = "keys of the desktop start the commands in it";
const FILE_MANAGER = "scripts and extensions of the file manager";
const VULKAN = "every Vulkan program loads the layers that it names";
const ALSA = "the sound library loads the modules that it names";
const MAIL = "the mail system runs the commands in it";
const IN_PATH = "programs in the PATH";
const TERMINAL = "the terminal starts what it names, and runs commands by its keys";
const HOSTS = "the browser starts the programs that it names";

const LOGIN_SET: readonly LoginPath[] = [
  { base: "home", path: ".profile", missing: "file", reason: SHELL },
  { base: "home", path: ".bashrc", missing: "file", reason: SHELL },
  { base: "home", path: ".bash_profile", missing: "link:.profile", reason: SHELL },
  { base: "home", path: ".bash_login", missing: "link:.profile", reason: SHELL },
  { base: "home", path: ".bash_logout", missing: "file", reason: SHELL },
  { base: "home", path: ".bash_aliases", missing: "file", reason: SHELL },
  { base: "home", path: ".zshenv", missing: "file", reason: SHELL },
  { base: "home", path: ".zprofile", missing: "file", reason: SHELL },
  { base: "home", path: ".zshrc", missing: "file", reason: SHELL },
  { base: "home", path: ".zlogin", missing: "file", reason: SHELL },
  { base: "home", path: ".zlogout", missing: "file", reason: SHELL },
  { base: "config", path: "zsh", missing: "leave", reason: SHELL },
  { base: "home", path: ".oh-my-zsh", missing: "leave", reason: SHELL },
  { base: "home", path: ".cshrc", missing: "file", reason: SHELL },
  { base: "home", path: ".tcshrc", missing: "link:.cshrc", reason: SHELL },
  { base: "home", path: ".login", missing: "file", reason: SHELL },
  { base: "home", path: ".bash_completion", missing: "file", reason: SHELL },
  { base: "config", path: "bash_completion", missing: "file", reason: SHELL },
  { base: "data", path: "bash-completion", missing: "folder", reason: "bash runs what is in it to complete a word" },
  { base: "home", path: ".kshrc", missing: "leave", reason: SHELL },
  { base: "home", path: ".mkshrc", missing: "leave", reason: SHELL },
  { base: "config", path: "nushell", missing: "leave", reason: SHELL },
  { base: "home", path: ".lessfilter", missing: "file", reason: "less runs it for each file that it shows; not an empty one that is no program" },
  { base: "config", path: "fish", missing: "folder", reason: SHELL },
  { base: "home", path: ".inputrc", missing: "leave", reason: "line editing can be bound to commands; an empty one switches the system's off" },
  { base: "home", path: ".pam_environment", missing: "file", reason: "sets variables such as LD_PRELOAD at login" },
  { base: "config", path: "user-dirs.dirs", missing: "file", reason: "names the folders that xdg-download and its like grant" },
  { base: "config", path: "environment.d", missing: "folder", reason: "sets variables such as LD_PRELOAD for the whole session" },
  { base: "config", path: "systemd", missing: "folder", reason: "user units start by themselves" },
  { base: "data", path: "systemd", missing: "folder", reason: "user units start by themselves" },
  { base: "config", path: "containers", missing: "leave", reason: "systemd makes services of what podman finds in it" },
  { base: "config", path: "user-tmpfiles.d", missing: "folder", reason: "systemd makes the files and links that it names, anywhere, at login" },
  { base: "data", path: "user-tmpfiles.d", missing: "folder", reason: "systemd makes the files and links that it names, anywhere, at login" },
  { base: "config", path: "autostart", missing: "folder", reason: SESSION },
  { base: "config", path: "autostart-scripts", missing: "folder", reason: SESSION },
  { base: "config", path: "plasma-workspace", missing: "folder", reason: SESSION },
  { base: "home", path: ".xprofile", missing: "file", reason: SESSION },
  { base: "home", path: ".xsessionrc", missing: "file", reason: SESSION },
  { base: "home", path: ".xsession", missing: "leave", reason: "the X session itself; an empty one would end every login" },
  { base: "home", path: ".xinitrc", missing: "leave", reason: "the X session itself; an empty one would end every startx" },
  { base: "home", path: ".xserverrc", missing: "leave", reason: SESSION },
  { base: "home", path: ".xinputrc", missing: "leave", reason: "the X session runs it to choose the input method" },
  { base: "home", path: ".xscreensaver", missing: "leave", reason: BY_THEMSELVES },
  ...["autorandr", "conky", "dunst", "eww", "kanshi", "mako", "polybar", "rofi", "swayidle", "swaync", "waybar", "wofi"].map(
    (path): LoginPath => ({ base: "config", path, missing: "leave", reason: BY_THEMSELVES }),
  ),
  ...["autokey", "copyq", "espanso", "kdeconnect", "klipperrc", "plasma-org.kde.plasma.desktop-appletsrc", "powerdevilrc", "powermanagementprofilesrc"].map(
    (path): LoginPath => ({ base: "config", path, missing: "leave", reason: BY_THEMSELVES }),
  ),
  { base: "home", path: ".conkyrc", missing: "leave", reason: BY_THEMSELVES },
  { base: "config", path: "menus", missing: "leave", reason: "names folders whose entries the desktop's menu starts" },
  { base: "config", path: "i3", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "sway", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "hypr", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "labwc", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "openbox", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "bspwm", missing: "leave", reason: WINDOW_MANAGER },
  { base: "home", path: ".i3", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "awesome", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "qtile", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "niri", missing: "leave", reason: WINDOW_MANAGER },
  { base: "home", path: ".xmonad", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "xmonad", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "herbstluftwm", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "river", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "wayfire.ini", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "weston.ini", missing: "leave", reason: WINDOW_MANAGER },
  { base: "home", path: ".fluxbox", missing: "leave", reason: WINDOW_MANAGER },
  { base: "home", path: ".icewm", missing: "leave", reason: WINDOW_MANAGER },
  { base: "home", path: ".fvwm", missing: "leave", reason: WINDOW_MANAGER },
  { base: "data", path: "kwin", missing: "leave", reason: WINDOW_MANAGER },
  { base: "config", path: "kwinrc", missing: "leave", reason: WINDOW_MANAGER },
  { base: "data", path: "aurorae", missing: "leave", reason: WINDOW_MANAGER },
  { base: "data", path: "xfce4", missing: "leave", reason: "names the programs that open addresses and terminals" },
  { base: "config", path: "lxsession", missing: "leave", reason: SESSION },
  { base: "config", path: "lxqt", missing: "leave", reason: SESSION },
  { base: "config", path: "xfce4", missing: "leave", reason: KEYS },
  { base: "config", path: "dconf", missing: "leave", reason: KEYS },
  { base: "config", path: "kglobalshortcutsrc", missing: "leave", reason: KEYS },
  { base: "config", path: "khotkeysrc", missing: "leave", reason: KEYS },
  { base: "config", path: "sxhkd", missing: "leave", reason: KEYS },
  { base: "home", path: ".xbindkeysrc", missing: "leave", reason: KEYS },
  { base: "home", path: ".Xresources", missing: "leave", reason: TERMINAL },
  { base: "home", path: ".Xdefaults", missing: "leave", reason: TERMINAL },
  { base: "home", path: ".wezterm.lua", missing: "leave", reason: TERMINAL },
  ...["alacritty", "foot", "ghostty", "kitty", "terminator", "wezterm"].map(
    (path): LoginPath => ({ base: "config", path, missing: "leave", reason: TERMINAL }),
  ),
  { base: "data", path: "konsole", missing: "leave", reason: TERMINAL },
  { base: "config", path: "starship.toml", missing: "leave", reason: "the shell's prompt runs the commands in it" },
  { base: "home", path: ".direnvrc", missing: "leave", reason: SHELL },
  { base: "config", path: "direnv", missing: "leave", reason: SHELL },
  { base: "config", path: "powershell", missing: "leave", reason: SHELL },
  { base: "config", path: "tmux", missing: "leave", reason: "tmux runs the commands in it" },
  { base: "home", path: ".mozilla/native-messaging-hosts", missing: "leave", reason: HOSTS },
  { base: "config", path: "chromium/NativeMessagingHosts", missing: "leave", reason: HOSTS },
  { base: "config", path: "google-chrome/NativeMessagingHosts", missing: "leave", reason: HOSTS },
  { base: "config", path: "kdeglobals", missing: "leave", reason: "names the programs that open addresses and terminals" },
  { base: "config", path: "gtk-3.0", missing: "folder", reason: "every GTK program loads the modules that its settings name" },
  { base: "home", path: ".gtkrc-2.0", missing: "leave", reason: "every GTK program loads the modules that it names" },
  { base: "data", path: "gnome-shell", missing: "folder", reason: "extensions run in the desktop's own process" },
  { base: "data", path: "plasma", missing: "leave", reason: "widgets run in the desktop's own process" },
  { base: "data", path: "nautilus", missing: "leave", reason: FILE_MANAGER },
  { base: "data", path: "nautilus-python", missing: "leave", reason: FILE_MANAGER },
  { base: "data", path: "nemo", missing: "leave", reason: FILE_MANAGER },
  { base: "data", path: "nemo-python", missing: "leave", reason: FILE_MANAGER },
  { base: "data", path: "caja", missing: "leave", reason: FILE_MANAGER },
  { base: "data", path: "caja-python", missing: "leave", reason: FILE_MANAGER },
  { base: "data", path: "thumbnailers", missing: "folder", reason: "file managers run the programs that it names when a folder is looked at" },
  { base: "data", path: "cinnamon", missing: "leave", reason: "extensions run in the desktop's own process" },
  { base: "data", path: "kio", missing: "leave", reason: "service menus of the file manager" },
  { base: "data", path: "kservices5", missing: "leave", reason: "service menus of the file manager" },
  { base: "data", path: "fcitx5", missing: "leave", reason: "the input method loads the modules that it names" },
  { base: "data", path: "gstreamer-1.0", missing: "folder", reason: "every GStreamer program loads the plugins in it" },
  { base: "data", path: "vulkan", missing: "folder", reason: VULKAN },
  { base: "config", path: "vulkan", missing: "leave", reason: VULKAN },
  { base: "home", path: ".asoundrc", missing: "file", reason: ALSA },
  { base: "config", path: "alsa", missing: "leave", reason: ALSA },
  { base: "config", path: "pulse", missing: "leave", reason: "the sound server loads modules that it names" },
  {
    base: "home",
    path: ".pulse",
    missing: "leave",
    reason: "the sound server reads it in the place of the other one; an empty one would take away what that says",
  },
  { base: "config", path: "pipewire", missing: "leave", reason: "the sound server loads modules that it names" },
  { base: "config", path: "wireplumber", missing: "leave", reason: "the sound server runs scripts that it names" },
  { base: "home", path: "bin", missing: "leave", reason: "first in the PATH of many shells" },
  { base: "home", path: ".local/lib", missing: "folder", reason: "Python runs the .pth files in it at every start" },
  { base: "home", path: ".cargo", missing: "leave", reason: IN_PATH },
  { base: "home", path: ".rustup", missing: "leave", reason: IN_PATH },
  { base: "home", path: ".nvm", missing: "leave", reason: IN_PATH },
  { base: "home", path: ".npmrc", missing: "leave", reason: "names programs that npm runs" },
  { base: "home", path: ".forward", missing: "leave", reason: MAIL },
  { base: "home", path: ".procmailrc", missing: "leave", reason: MAIL },
  { base: "home", path: ".mailcap", missing: "leave", reason: "names the programs that open attachments" },
  { base: "home", path: ".docker", missing: "leave", reason: "names programs that docker runs" },
  { base: "home", path: ".kube", missing: "leave", reason: "names programs that kubectl runs" },
  { base: "home", path: ".gradle", missing: "leave", reason: "every build runs the scripts in it" },
  { base: "home", path: ".hgrc", missing: "leave", reason: "Mercurial runs the hooks and extensions that it names" },
  { base: "home", path: ".gdbinit", missing: "leave", reason: "the debugger runs the code in it" },
  { base: "config", path: "gdb", missing: "leave", reason: "the debugger runs the code in it" },
  { base: "home", path: ".lldbinit", missing: "leave", reason: "the debugger runs the code in it" },
  { base: "home", path: ".ipython", missing: "leave", reason: "Python's shell runs the code in it at every start" },
  { base: "home", path: ".ssh", missing: "private-folder", reason: "keys, and commands that ssh runs" },
  { base: "home", path: ".gnupg", missing: "private-folder", reason: "keys, and programs that gpg runs" },
  {
    base: "home",
    path: ".gitconfig",
    missing: "leave",
    reason: "git runs the pagers, editors and hooks that it names; an empty one is where git would write next",
  },
  { base: "config", path: "git", missing: "folder", reason: "git runs the pagers, editors and hooks that it names" },
  { base: "home", path: ".vimrc", missing: "leave", reason: EDITOR },
  { base: "home", path: ".vim", missing: "leave", reason: EDITOR },
  { base: "config", path: "nvim", missing: "leave", reason: EDITOR },
  { base: "home", path: ".emacs", missing: "leave", reason: EDITOR },
  { base: "home", path: ".emacs.d", missing: "leave", reason: EDITOR },
  { base: "config", path: "emacs", missing: "leave", reason: EDITOR },
  { base: "home", path: ".vscode", missing: "leave", reason: EDITOR },
  { base: "config", path: "Code", missing: "leave", reason: EDITOR },
  { base: "home", path: ".tmux.conf", missing: "leave", reason: "tmux runs the commands in it" },
  { base: "home", path: ".screenrc", missing: "leave", reason: "screen runs the commands in it" },
];

/** The places alone, for whoever says what a grant of one means. */
export const LOGIN_PLACES: readonly Pick<LoginPath, "base" | "path">[] = LOGIN_SET;

export function loginGuards(inputs: Pick<RunInputs, "caller" | "request">): readonly Guard[] {
  const named = LOGIN_SET.flatMap((entry) =>
    baseFolders(entry.base, inputs).map(
      (folder): Guard => ({
        path: `${folder}/${entry.path}`,
        cover: "read-only",
        strength: "login",
        because: { reason: entry.reason, origin: null },
        make: makeFor(entry.missing, inputs.request.umask),
        readable: true,
      }),
    ),
  );
  return [...named, ...callersGuards(inputs).filter(({ path }) => !named.some((one) => one.path === path))];
}

/** Variables that name a file or folder whose code a shell or Python runs at every start. */
const NAMED_BY_VARIABLES = ["ZDOTDIR", "BASH_ENV", "ENV", "PYTHONSTARTUP"];

/** What the caller's own variables add: each folder of the home where shells look for programs, since whatever is put there runs under the name of another one. */
function callersGuards({ caller, request }: Pick<RunInputs, "caller" | "request">): readonly Guard[] {
  const value = (name: string): string => request.environment.get(name) ?? "";
  const guard = (raw: string, reason: string): readonly Guard[] => {
    const path = raw.replace(/\/+$/, "");
    const isFit = path !== caller.home && isBelow(path, caller.home) && !/\/\.{0,2}(?:\/|$)/.test(path);
    return isFit ? [{ path, cover: "read-only", strength: "login", because: { reason, origin: null }, make: null, readable: true }] : [];
  };
  const inPath = [...new Set(value("PATH").split(":"))].flatMap((folder) => guard(folder, IN_PATH));
  return [...inPath, ...NAMED_BY_VARIABLES.flatMap((name) => guard(value(name), SHELL))];
}

function makeFor(missing: Missing, umask: number): Guard["make"] {
  switch (missing) {
    case "leave":
      return null;
    case "folder":
      return { kind: "directory", target: null, mode: 0o777 & ~umask };
    case "private-folder":
      return { kind: "directory", target: null, mode: 0o700 };
    case "file":
      return { kind: "file", target: null, mode: 0o666 & ~umask };
    default:
      return { kind: "link", target: missing.slice("link:".length), mode: 0o777 };
  }
}
