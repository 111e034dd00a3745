// A user installation of this machine's Flatpak with one tiny app in it, in a folder of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const ID = "org.example.App";
export const HEAD = `[Application]\nname=${ID}\nruntime=org.example.Platform/x86_64/1\ncommand=app\n\n`;

export interface Answer {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

export interface Installation {
  run(...argv: readonly string[]): Answer;
  /** What Flatpak says for this metadata and these two override files. */
  ask(metadata: string, global: string, app: string): Answer;
  /** A file below the deployed `export`. */
  exported(path: string): Buffer;
}

/** `exports`: what the build exports, path below `export` to text. */
export function withInstallation(exports: ReadonlyMap<string, string>, work: (installation: Installation) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-flatpak-"));
  const environment = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: folder,
    LANG: "C.UTF-8",
    FLATPAK_USER_DIR: `${folder}/user`,
    FLATPAK_SYSTEM_DIR: `${folder}/system`,
  };
  const run = (...argv: readonly string[]): Answer => {
    const result = spawnSync("flatpak", argv, { env: environment, cwd: folder, timeout: 120_000, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 });
    return { status: result.status ?? -1, output: result.stdout.toString(), errors: result.stderr.toString() };
  };
  const must = (...argv: readonly string[]): string => {
    const { status, output, errors } = run(...argv);
    assert.equal(status, 0, `flatpak ${argv.join(" ")}: ${errors}`);
    return output;
  };
  try {
    mkdirSync(`${folder}/app/files`, { recursive: true });
    mkdirSync(`${folder}/app/export`);
    writeFileSync(`${folder}/app/metadata`, HEAD);
    for (const [path, text] of exports) {
      mkdirSync(dirname(`${folder}/app/export/${path}`), { recursive: true });
      writeFileSync(`${folder}/app/export/${path}`, text);
    }
    must("build-export", "repo", "app", "1");
    must("--user", "remote-add", "--no-gpg-verify", "local", "repo");
    must("--user", "install", "-y", "--no-deps", "local", ID);
    const place = must("--user", "info", "--show-location", ID).trim();
    mkdirSync(`${folder}/user/overrides`, { recursive: true });
    work({
      run,
      ask: (metadata, global, app) => {
        // The deployed file may share its inode with the repository.
        rmSync(`${place}/metadata`);
        writeFileSync(`${place}/metadata`, metadata);
        writeFileSync(`${folder}/user/overrides/global`, global);
        writeFileSync(`${folder}/user/overrides/${ID}`, app);
        return run("--user", "info", "--show-permissions", ID);
      },
      exported: (path) => readFileSync(`${place}/export/${path}`),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
