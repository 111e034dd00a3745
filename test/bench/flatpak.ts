// A tiny local Flatpak app, made with Flatpak's own commands: a runtime of one static busybox, an app of the static probe.
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./place.ts";

export const FLATPAK_APP = "org.tsbox.BenchFlatpak";

const REF = `${process.arch === "arm64" ? "aarch64" : "x86_64"}/1`;

/** What `flatpak run` needs to find the app. This bus serves as system bus too: without one, installing fails. */
export function flatpakEnvironment(place: Place): ReadonlyMap<string, string> {
  return new Map([
    ["FLATPAK_USER_DIR", join(place.directory, "flatpak/user")],
    ["DBUS_SYSTEM_BUS_ADDRESS", place.busAddress],
  ]);
}

/** An error text, or undefined when the app is installed. */
export function installFlatpakApp(place: Place): string | undefined {
  if (!existsSync("/usr/bin/flatpak")) return "flatpak is not installed";
  if (!existsSync("/bin/busybox")) return "busybox-static is not installed";
  const at = (path: string): string => join(place.directory, "flatpak", path);
  for (const path of ["rt/files/bin", "rt/files/lib", "rt/files/etc", "app/files/bin", "app/export"]) mkdirSync(at(path), { recursive: true });
  copyFileSync("/bin/busybox", at("rt/files/bin/busybox"));
  symlinkSync("busybox", at("rt/files/bin/sh"));
  copyFileSync(join(place.tools, "probe"), at("app/files/bin/probe"));
  for (const program of ["rt/files/bin/busybox", "app/files/bin/probe"]) chmodSync(at(program), 0o755);
  writeFileSync(at("rt/metadata"), `[Runtime]\nname=org.tsbox.BenchPlatform\nruntime=org.tsbox.BenchPlatform/${REF}\nsdk=org.tsbox.BenchPlatform/${REF}\n`);
  writeFileSync(
    at("app/metadata"),
    `[Application]\nname=${FLATPAK_APP}\nruntime=org.tsbox.BenchPlatform/${REF}\nsdk=org.tsbox.BenchPlatform/${REF}\ncommand=probe\n[Context]\nsockets=x11;\nshared=ipc;\n`,
  );
  const { uid, gid } = statSync(place.home);
  place.run(["true"]);
  for (const path of ["", "rt", "rt/files", "rt/files/bin", "rt/files/lib", "rt/files/etc", "app", "app/files", "app/files/bin", "app/export"])
    chownSync(at(path), uid, gid);
  const environment = flatpakEnvironment(place);
  const steps: readonly (readonly string[])[] = [
    ["flatpak", "build-export", "--no-update-summary", "--files=files", at("repo"), at("rt"), "1"],
    ["flatpak", "build-export", "--no-update-summary", at("repo"), at("app"), "1"],
    ["flatpak", "build-update-repo", at("repo")],
    ["flatpak", "--user", "remote-add", "--no-gpg-verify", "--if-not-exists", "bench", `file://${at("repo")}`],
    ["flatpak", "--user", "install", "-y", "--noninteractive", "bench", FLATPAK_APP],
  ];
  for (const step of steps) {
    const ran = place.run(step, environment);
    if (ran.status !== 0) return `\`${step.slice(0, 3).join(" ")}\` ended with ${ran.status}: ${ran.stderr.trim().split("\n").at(-1) ?? ""}`;
  }
  return undefined;
}
