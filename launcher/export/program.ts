// Decides whether a command line of the host starts a manifest's program. Pure but for the names of files, which the caller resolves.
import { splitCommand } from "./command-words.ts";

/** They start anything: two command lines with one of these have nothing in common. */
const STARTERS =
  /^(?:(?:ba|da|z|k|fi)?sh|env|python[0-9.]*|perl|ruby|java|node|gjs|gjs-console|electron[0-9]*|wine|mono|busybox|flatpak|snap|tsbox|pkexec|sudo|su|gio|gtk-launch|xdg-open|kioclient[0-9]*|kcmshell[0-9]*|systemd-run|dbus-launch|dbus-run-session|xterm|x-terminal-emulator)$/;

/** The program that a command line starts, past `env NAME=VALUE`; null where it does not split, or where the first word says nothing of what runs. */
export function programOf(exec: string): string | null {
  const words = splitCommand(exec) ?? [];
  const isEnv = baseName(words[0] ?? "") === "env";
  const program = isEnv ? words.slice(1).find((word) => !word.includes("=")) : words[0];
  return program === undefined || program.startsWith("-") || STARTERS.test(baseName(program)) ? null : program;
}

/** `resolve`: the real path of a file, or null. A bare name means the same program as any path that ends in it. */
export function isSameProgram(one: string, other: string, resolve: (path: string) => string | null): boolean {
  if (one === other) return true;
  if (baseName(one) === baseName(other) && (!one.includes("/") || !other.includes("/"))) return true;
  const real = one.startsWith("/") && other.startsWith("/") ? resolve(one) : null;
  return real !== null && real === resolve(other);
}

function baseName(path: string): string {
  return path.split("/").at(-1) ?? "";
}
