// Services of the buses whose power is known: what a call to one can do. Data.
import type { Risk } from "./kind.ts";

export interface BusMeaning {
  readonly bus: "session" | "system";
  /** A name, or `NAME.*`. */
  readonly name: string;
  readonly risk: Risk;
  readonly key: string;
}

function session(risk: Risk, key: string, ...names: readonly string[]): readonly BusMeaning[] {
  return names.map((name) => ({ bus: "session", name, risk, key: `permissions.bus-${key}` }));
}

function system(risk: Risk, key: string, ...names: readonly string[]): readonly BusMeaning[] {
  return names.map((name) => ({ bus: "system", name, risk, key: `permissions.bus-${key}` }));
}

export const BUS_MEANINGS: readonly BusMeaning[] = [
  ...session("escape", "flatpak", "org.freedesktop.Flatpak"),
  ...session("escape", "systemd", "org.freedesktop.systemd1"),
  ...session("escape", "launcher", "org.kde.klauncher5", "org.kde.klauncher6", "org.kde.kded5", "org.kde.kded6", "org.gnome.Terminal", "org.kde.konsole"),
  ...session("high", "shell", "org.gnome.Shell", "org.kde.KWin", "org.kde.plasmashell", "org.cinnamon.Muffin", "org.xfce.Xfwm4"),
  ...session("high", "secrets", "org.freedesktop.secrets", "org.gnome.keyring", "org.kde.kwalletd5", "org.kde.kwalletd6", "org.kde.kwalletd"),
  ...session("high", "files", "org.gtk.vfs.*", "org.gnome.Nautilus"),
  ...session("high", "settings", "ca.desrt.dconf", "org.xfce.Xfconf"),
  ...session("high", "portal-store", "org.freedesktop.impl.portal.PermissionStore", "org.freedesktop.impl.portal.*"),
  ...session("high", "accessibility", "org.a11y.Bus", "org.a11y.atspi.Registry"),
  ...session("medium", "search", "org.freedesktop.Tracker3.*", "org.freedesktop.Tracker1", "org.kde.baloo"),
  ...session("medium", "contacts", "org.gnome.evolution.dataserver.*", "org.gnome.OnlineAccounts", "org.freedesktop.Akonadi", "org.freedesktop.Telepathy.*"),
  ...session("low", "notify", "org.freedesktop.Notifications", "org.gtk.Notifications"),
  ...session("low", "session-state", "org.freedesktop.ScreenSaver", "org.gnome.SessionManager", "org.freedesktop.PowerManagement", "org.gnome.ScreenSaver"),
  ...session("low", "tray", "org.kde.StatusNotifierWatcher", "org.ayatana.indicator.application", "com.canonical.AppMenu.Registrar"),
  ...session("low", "file-manager", "org.freedesktop.FileManager1"),
  ...session("low", "portals", "org.freedesktop.portal.*"),
  ...session("low", "players", "org.mpris.MediaPlayer2.*", "org.gnome.SettingsDaemon.MediaKeys"),
  ...system("high", "system-manager", "org.freedesktop.systemd1", "org.freedesktop.PackageKit", "org.freedesktop.Flatpak.SystemHelper"),
  ...system("high", "disks", "org.freedesktop.UDisks2"),
  ...system("medium", "login", "org.freedesktop.login1", "org.freedesktop.Accounts"),
  ...system("medium", "network-settings", "org.freedesktop.NetworkManager", "net.connman", "org.freedesktop.resolve1", "fi.w1.wpa_supplicant1"),
  ...system("medium", "bluetooth", "org.bluez", "org.bluez.*"),
  ...system("medium", "location", "org.freedesktop.GeoClue2"),
  ...system(
    "low",
    "machine-state",
    "org.freedesktop.UPower",
    "org.freedesktop.timedate1",
    "org.freedesktop.hostname1",
    "org.freedesktop.locale1",
    "org.freedesktop.Avahi",
  ),
];
