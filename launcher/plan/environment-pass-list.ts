// Which of the caller's variables the app sees. Everything else stays outside: environments carry tokens, agents' sockets and the caller's history. Data.

export interface PassedVariable {
  /** Ends in `*` where every name that starts so is meant. */
  readonly name: string;
  readonly reason: string;
}

const LOCALE = "language and formats";
const TERMINAL = "the terminal that the app shares";
const DESKTOP = "which desktop it is, for looks and file dialogs";
const START = "ties the new window to the click that started it";
const INPUT = "input methods";
const TOOLKIT = "look and scale as the user chose them";
const GRAPHICS = "driver choices for broken machines";
const PROXY = "way to the internet";

export const ENVIRONMENT_PASS_LIST: readonly PassedVariable[] = [
  { name: "LANG", reason: LOCALE }, { name: "LANGUAGE", reason: LOCALE }, { name: "LC_*", reason: LOCALE }, { name: "TZ", reason: "time zone" },
  { name: "TERM", reason: TERMINAL }, { name: "COLORTERM", reason: TERMINAL }, { name: "COLORFGBG", reason: TERMINAL }, { name: "LINES", reason: TERMINAL },
  { name: "COLUMNS", reason: TERMINAL }, { name: "TERM_PROGRAM", reason: TERMINAL }, { name: "VTE_VERSION", reason: TERMINAL }, { name: "NO_COLOR", reason: TERMINAL },
  { name: "LS_COLORS", reason: TERMINAL },
  { name: "XDG_CURRENT_DESKTOP", reason: DESKTOP }, { name: "XDG_SESSION_TYPE", reason: DESKTOP }, { name: "XDG_SESSION_DESKTOP", reason: DESKTOP },
  { name: "XDG_SESSION_CLASS", reason: DESKTOP }, { name: "DESKTOP_SESSION", reason: DESKTOP }, { name: "XDG_MENU_PREFIX", reason: DESKTOP },
  { name: "KDE_FULL_SESSION", reason: DESKTOP }, { name: "KDE_SESSION_VERSION", reason: DESKTOP }, { name: "GNOME_DESKTOP_SESSION_ID", reason: DESKTOP },
  { name: "XDG_ACTIVATION_TOKEN", reason: START }, { name: "DESKTOP_STARTUP_ID", reason: START },
  { name: "GTK_IM_MODULE", reason: INPUT }, { name: "QT_IM_MODULE", reason: INPUT }, { name: "QT_IM_MODULES", reason: INPUT }, { name: "XMODIFIERS", reason: INPUT },
  { name: "SDL_IM_MODULE", reason: INPUT }, { name: "GLFW_IM_MODULE", reason: INPUT }, { name: "INPUT_METHOD", reason: INPUT }, { name: "CLUTTER_IM_MODULE", reason: INPUT },
  { name: "GTK_THEME", reason: TOOLKIT }, { name: "GTK_CSD", reason: TOOLKIT }, { name: "GTK_OVERLAY_SCROLLING", reason: TOOLKIT }, { name: "GDK_SCALE", reason: TOOLKIT },
  { name: "GDK_DPI_SCALE", reason: TOOLKIT }, { name: "GDK_BACKEND", reason: TOOLKIT }, { name: "GSK_RENDERER", reason: TOOLKIT }, { name: "QT_QPA_PLATFORM", reason: TOOLKIT },
  { name: "QT_QPA_PLATFORMTHEME", reason: TOOLKIT }, { name: "QT_STYLE_OVERRIDE", reason: TOOLKIT }, { name: "QT_SCALE_FACTOR", reason: TOOLKIT },
  { name: "QT_SCREEN_SCALE_FACTORS", reason: TOOLKIT }, { name: "QT_AUTO_SCREEN_SCALE_FACTOR", reason: TOOLKIT }, { name: "QT_ENABLE_HIGHDPI_SCALING", reason: TOOLKIT },
  { name: "QT_FONT_DPI", reason: TOOLKIT }, { name: "QT_WAYLAND_DISABLE_WINDOWDECORATION", reason: TOOLKIT }, { name: "XCURSOR_THEME", reason: TOOLKIT },
  { name: "XCURSOR_SIZE", reason: TOOLKIT }, { name: "SDL_VIDEODRIVER", reason: TOOLKIT }, { name: "MOZ_ENABLE_WAYLAND", reason: TOOLKIT },
  { name: "ELECTRON_OZONE_PLATFORM_HINT", reason: TOOLKIT }, { name: "_JAVA_AWT_WM_NONREPARENTING", reason: TOOLKIT }, { name: "CLUTTER_BACKEND", reason: TOOLKIT },
  { name: "LIBGL_ALWAYS_SOFTWARE", reason: GRAPHICS }, { name: "DRI_PRIME", reason: GRAPHICS }, { name: "MESA_LOADER_DRIVER_OVERRIDE", reason: GRAPHICS },
  { name: "__NV_PRIME_RENDER_OFFLOAD", reason: GRAPHICS }, { name: "__GLX_VENDOR_LIBRARY_NAME", reason: GRAPHICS }, { name: "LIBVA_DRIVER_NAME", reason: GRAPHICS },
  { name: "VDPAU_DRIVER", reason: GRAPHICS }, { name: "AMD_VULKAN_ICD", reason: GRAPHICS },
  { name: "http_proxy", reason: PROXY }, { name: "https_proxy", reason: PROXY }, { name: "ftp_proxy", reason: PROXY }, { name: "all_proxy", reason: PROXY },
  { name: "no_proxy", reason: PROXY }, { name: "HTTP_PROXY", reason: PROXY }, { name: "HTTPS_PROXY", reason: PROXY }, { name: "ALL_PROXY", reason: PROXY }, { name: "NO_PROXY", reason: PROXY },
];

/** Never passed, not even with --inherit-env: each leads a program to something outside, or into code of the caller's choice (Flatpak's list and more). */
export const NEVER_PASSED: ReadonlySet<string> = new Set([
  "LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "TEMP", "TEMPDIR", "TMP", "TMPDIR", "XDG_RUNTIME_DIR", "container", "TZDIR", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PERLLIB",
  "PERL5LIB", "XCURSOR_PATH", "GST_PLUGIN_PATH_1_0", "GST_REGISTRY", "GST_REGISTRY_1_0", "GST_PLUGIN_PATH", "GST_PLUGIN_SYSTEM_PATH", "GST_PLUGIN_SCANNER",
  "GST_PLUGIN_SCANNER_1_0", "GST_PLUGIN_SYSTEM_PATH_1_0", "GST_PRESET_PATH", "GST_PTP_HELPER", "GST_PTP_HELPER_1_0", "GST_INSTALL_PLUGINS_HELPER", "KRB5CCNAME",
  "XKB_CONFIG_ROOT", "GIO_EXTRA_MODULES", "VK_ADD_DRIVER_FILES", "VK_ADD_LAYER_PATH", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LAYER_PATH",
  "__EGL_EXTERNAL_PLATFORM_CONFIG_DIRS", "__EGL_EXTERNAL_PLATFORM_CONFIG_FILENAMES", "__EGL_VENDOR_LIBRARY_DIRS", "__EGL_VENDOR_LIBRARY_FILENAMES",
  "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_STARTER_ADDRESS", "DBUS_STARTER_BUS_TYPE",
  "AT_SPI_BUS_ADDRESS", "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "PULSE_SERVER", "PULSE_CLIENTCONFIG", "PULSE_RUNTIME_PATH", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR",
  "SESSION_MANAGER", "ICEAUTHORITY", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "GNOME_KEYRING_CONTROL", "INVOCATION_ID", "JOURNAL_STREAM",
  "NODE_OPTIONS", "OLDPWD", "PWD", "BASH_ENV", "ENV",
]);
