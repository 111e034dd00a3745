// Apps, runtimes and extensions made and installed by Flatpak's own commands, in a session of their own.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { buildProbe } from "./probe.ts";
import type { Outcome } from "./process.ts";
import { expectSuccess } from "./sandbox.ts";
import type { RunOptions, Session } from "./session.ts";

export const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";
export const TEST_APP = "org.tsbox.TestApp";
export const TEST_PLATFORM = "org.tsbox.TestPlatform";
export const GTK_APP = "org.tsbox.GtkApp";
const GTK_PLATFORM = "org.tsbox.GtkPlatform";

export interface FlatpakWorld {
  /** `flatpak ARGUMENTS` in this world. */
  flatpak(argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Makes a tree into a ref: its files must lie in `FOLDER/files`. `metadata` is the whole keyfile. */
  publish(folder: string, metadata: string): Promise<void>;
  install(...refs: readonly string[]): Promise<void>;
}

/** Flatpak in a session that has a bus. It serves as system bus too: without one, installing fails. */
export async function openFlatpak(session: Session): Promise<FlatpakWorld> {
  const repository = `${session.scratch}/flatpak-repo`;
  session.environment["DBUS_SYSTEM_BUS_ADDRESS"] = session.environment["DBUS_SESSION_BUS_ADDRESS"] ?? "";
  const flatpak = (argv: readonly string[], options: RunOptions = {}): Promise<Outcome> => session.run(["flatpak", ...argv], { limit: 120_000, ...options });
  let hasRemote = false;
  return {
    flatpak,
    async publish(folder, metadata) {
      session.write(`${folder}/metadata`, metadata);
      session.makeFolder(`${folder}/export`);
      const isApp = metadata.startsWith("[Application]");
      expectSuccess(await flatpak(["build-export", "--no-update-summary", "--disable-fsync", ...(isApp ? [] : ["--files=files"]), repository, folder, "1"]));
    },
    async install(...refs) {
      expectSuccess(await flatpak(["build-update-repo", repository]));
      if (!hasRemote) {
        expectSuccess(await flatpak(["--user", "remote-add", "--no-gpg-verify", "--if-not-exists", "here", `file://${repository}`]));
        // What is thrown away in a minute need not reach the disk.
        const config = ".local/share/flatpak/repo/config";
        session.write(config, session.read(config).replace("[core]\n", "[core]\nfsync=false\n"));
      }
      hasRemote = true;
      expectSuccess(await flatpak(["--user", "install", "-y", "--noninteractive", "here", ...refs]));
    },
  };
}

function runtimeMetadata(id: string, more: string): string {
  return `[Runtime]\nname=${id}\nruntime=${id}/${ARCH}/1\nsdk=${id}/${ARCH}/1\n${more}`;
}

const APPLETS = ["sh", "ls", "cat", "env", "readlink", "id", "pwd", "sleep", "stat", "mkdir", "touch", "echo", "test", "date", "true", "ln", "rm"];

/** A runtime of one static busybox with places for extensions, an app of the probe, and three extensions. */
export async function installTestApp(session: Session, world: FlatpakWorld, context: string): Promise<void> {
  const at = (path: string): string => `${session.scratch}/flatpak-build/${path}`;
  session.write(at("rt/files/bin/busybox"), readFileSync("/bin/busybox"), 0o755);
  for (const applet of APPLETS) session.link("busybox", at(`rt/files/bin/${applet}`));
  for (const folder of ["lib", "lib/plugins", "share/runtime/locale", "share/zoneinfo", "etc/xdg"]) session.makeFolder(at(`rt/files/${folder}`));
  session.write(at("rt/files/etc/of-the-runtime"), "runtime\n");
  session.write(at("rt/files/etc/passwd"), "not:this\n");
  session.link("of-the-runtime", at("rt/files/etc/linked"));
  const points = [
    `[Extension ${TEST_PLATFORM}.Locale]\ndirectory=share/runtime/locale\nautodelete=true\n`,
    `[Extension ${TEST_PLATFORM}.Plugin]\ndirectory=lib/plugins\nsubdirectories=true\nadd-ld-path=lib\nmerge-dirs=hooks;\n`,
    `[Extension ${TEST_PLATFORM}.Elsewhere]\ndirectory=lib/elsewhere\nenable-if=on-xdg-desktop-nowhere\n`,
  ];
  await world.publish(at("rt"), runtimeMetadata(TEST_PLATFORM, `[Environment]\nOF_THE_RUNTIME=yes\nOF_BOTH=runtime\n${points.join("")}`));
  const extension = async (id: string, of: string, files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [file, text] of Object.entries(files)) session.write(at(`${id}/files/${file}`), text);
    await world.publish(at(id), `[Runtime]\nname=${id}\n\n[ExtensionOf]\nref=${of}/${ARCH}/1\n`);
  };
  await extension(`${TEST_PLATFORM}.Locale`, `runtime/${TEST_PLATFORM}`, { "de/share/hello": "hallo\n" });
  await extension(`${TEST_PLATFORM}.Plugin.One`, `runtime/${TEST_PLATFORM}`, { "hooks/first": "one\n", "hooks/both": "one\n", "lib/libone.so.1": "" });
  await extension(`${TEST_PLATFORM}.Plugin.Two`, `runtime/${TEST_PLATFORM}`, { "hooks/second": "two\n" });
  await extension(`${TEST_APP}.Extra.Words`, `app/${TEST_APP}`, { words: "extra\n" });
  session.write(at("app/files/bin/probe"), readFileSync(buildProbe()), 0o755);
  session.makeFolder(at("app/files/extras"));
  session.write(at("app/files/share/of-the-app"), "app\n");
  await world.publish(
    at("app"),
    `[Application]\nname=${TEST_APP}\nruntime=${TEST_PLATFORM}/${ARCH}/1\nsdk=${TEST_PLATFORM}/${ARCH}/1\ncommand=probe\n${context}` +
      `[Environment]\nOF_BOTH=app\n[Extension ${TEST_APP}.Extra]\ndirectory=extras\nsubdirectories=true\n`,
  );
  const extensions = [`${TEST_PLATFORM}.Locale`, `${TEST_PLATFORM}.Plugin.One`, `${TEST_PLATFORM}.Plugin.Two`, `${TEST_APP}.Extra.Words`];
  await world.install(TEST_APP, ...extensions.map((id) => `runtime/${id}/${ARCH}/1`));
}

/** The libraries of programs of Debian's, by what ldd tells: path as asked for, and the file behind it. */
function librariesOf(programs: readonly string[]): ReadonlyMap<string, string> {
  const texts = programs.map((program) => execFileSync("ldd", [program], { encoding: "utf8" }));
  return new Map(texts.flatMap((text) => [...text.matchAll(/(?:=> )?(\/[^ ]+) \(0x/g)].map(([, path = ""]) => [path, realpathSync(path)] as const)));
}

/** Where no linker looks by itself: without its cache nothing is found there. */
const GTK_LIBRARIES = "lib/gtk-libraries";

/**
 * A runtime of Debian's libraries with Debian's ldconfig, an app of the first program with `context`, and an extension that brings one of the libraries.
 * `data`: further files of the host at the same place below `/usr`.
 */
export async function installGtkApp(
  session: Session,
  world: FlatpakWorld,
  programs: readonly string[],
  data: readonly string[],
  context: string,
): Promise<void> {
  const at = (path: string): string => `${session.scratch}/flatpak-build/${path}`;
  const copy = (from: string, to: string): string => session.write(at(to), readFileSync(from), 0o755);
  copy("/bin/busybox", "gtk-rt/files/bin/busybox");
  for (const applet of APPLETS) session.link("busybox", at(`gtk-rt/files/bin/${applet}`));
  copy("/sbin/ldconfig", "gtk-rt/files/bin/ldconfig");
  for (const [path, real] of librariesOf(programs)) {
    const isLinker = basename(path).startsWith("ld-linux");
    // GTK itself comes from the extension: only by it the program starts.
    const home = basename(path).startsWith("libgtk-") ? `gtk-ext/files/${basename(path)}` : `gtk-rt/files/${GTK_LIBRARIES}/${basename(path)}`;
    copy(real, isLinker ? `gtk-rt/files${path}` : home);
  }
  for (const file of data.filter((path) => existsSync(path))) copy(file, `gtk-rt/files${file.replace(/^\/usr/, "")}`);
  const fonts = "<dir>/run/host/fonts</dir>";
  session.write(at("gtk-rt/files/etc/fonts/fonts.conf"), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${fonts}</fontconfig>`);
  session.makeFolder(at("gtk-rt/files/lib/gtk-extension"));
  session.makeFolder(at(`gtk-rt/files/${GTK_LIBRARIES}`));
  session.write(at("gtk-rt/files/etc/ld.so.conf"), `include /run/flatpak/ld.so.conf.d/*.conf\n/usr/${GTK_LIBRARIES}\n`);
  await world.publish(at("gtk-rt"), runtimeMetadata(GTK_PLATFORM, `[Extension ${GTK_PLATFORM}.Toolkit]\ndirectory=lib/gtk-extension\nadd-ld-path=.\n`));
  await world.publish(at("gtk-ext"), `[Runtime]\nname=${GTK_PLATFORM}.Toolkit\n\n[ExtensionOf]\nref=runtime/${GTK_PLATFORM}/${ARCH}/1\n`);
  for (const program of programs) copy(program, `gtk-app/files/bin/${basename(program)}`);
  await world.publish(
    at("gtk-app"),
    `[Application]\nname=${GTK_APP}\nruntime=${GTK_PLATFORM}/${ARCH}/1\nsdk=${GTK_PLATFORM}/${ARCH}/1\ncommand=${basename(programs[0] ?? "")}\n${context}`,
  );
  await world.install(GTK_APP, `runtime/${GTK_PLATFORM}.Toolkit/${ARCH}/1`);
}
