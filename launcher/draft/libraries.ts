// What a program's libraries tell of what it needs. A table with reasons; the names are sonames without their version. Pure.

export interface LibraryHint {
  /** Start of the library's name. */
  readonly library: RegExp;
  readonly options: readonly string[];
}

const WINDOW = ["--socket=wayland", "--socket=fallback-x11", "--share=ipc"] as const;

export const LIBRARY_HINTS: readonly LibraryHint[] = [
  {
    library: /^libgtk-[34]\b|^libgdk-3\b|^libQt[56](?:Gui|Widgets|Quick)\b|^libwx_gtk3|^libSDL2\b|^libglfw|^libwebkit2?gtk/,
    options: WINDOW,
  },
  { library: /^libwayland-client/, options: ["--socket=wayland"] },
  // These draw by X11 alone: with `wayland` beside it a Wayland desktop would give them neither.
  { library: /^libX11\b|^libxcb\b|^libXt\b|^libXaw|^libg[td]k-x11-2|^libwx_gtk2|^libfltk|^libSDL-1\.2/, options: ["--socket=fallback-x11", "--share=ipc"] },
  {
    library:
      /^libGL\b|^libOpenGL|^libEGL|^libGLX|^libGLESv2|^libvulkan|^libgtk-4|^libepoxy|^libOpenCL|^libva\b|^libSDL2|^libwebkit2?gtk|^libQt[56]Quick\b|^libQt[56]OpenGL/,
    options: ["--device=dri"],
  },
  {
    library:
      /^libpulse|^libasound|^libSDL2?_mixer|^libopenal|^libcanberra|^libgstaudio|^libgstplayer|^libphonon|^libQt[56]Multimedia\b|^libao\b|^libportaudio|^libjack\b/,
    options: ["--socket=pulseaudio"],
  },
  {
    library:
      /^libcurl|^libsoup|^libneon|^libQt[56]Network\b|^libQt[56]WebEngine|^libwebkit2?gtk|^libtorrent|^libssh2?\b|^libldap|^libgnutls|^libpurple|^libzmq/,
    options: ["--share=network"],
  },
  { library: /^libsecret|^libQt5Keychain|^libqt[56]keychain/, options: ["--talk-name=org.freedesktop.secrets"] },
  { library: /^libappindicator|^libayatana-appindicator|^libKF[56]StatusNotifier/, options: ["--talk-name=org.kde.StatusNotifierWatcher"] },
];

/** Kept to a program that talks to others: nearly every toolkit links these. */
export const WEAK_NETWORK = /^libgnutls|^libQt[56]Network\b|^libssh2?\b|^libsoup/;
