// Gives a manifest the runtime that it names: the host's own `/usr`, or what Flatpak deployed.
import { linkerStore } from "../../host/linker/store.ts";
import { parseKeyfile } from "../keyfile.ts";
import type { Manifest } from "../manifest.ts";
import type { Result } from "../origin.ts";
import { HOST_RUNTIME } from "../parse-manifest.ts";
import type { Places } from "../places.ts";
import { errorAt, failure, success } from "../problem.ts";
import { readRegularFile } from "../regular-file.ts";
import { readDeployment } from "./deployment.ts";

export interface RuntimeWish {
  readonly places: Pick<Places, "flatpak">;
  readonly environment: ReadonlyMap<string, string>;
  readonly cacheHome: string;
  /** False for those who only look: nothing is written. */
  readonly act: boolean;
}

export function resolveRuntime(manifest: Manifest, wish: RuntimeWish): Result<Manifest> {
  const { runtime, installed, file } = manifest;
  if (runtime.value === HOST_RUNTIME) return success(manifest);
  const read = readRegularFile(file);
  const metadata = read.kind === "read" ? parseKeyfile(file, read.bytes) : null;
  // It was read a moment ago.
  if (metadata === null || !metadata.ok) return failure(errorAt({ file, line: 0, column: 0 }, "file.unreadable", { system: "it changed" }));
  const deployment = readDeployment({
    metadata: metadata.value,
    app: installed,
    appFiles: manifest.programFolder,
    runtime,
    places: wish.places.flatpak,
    environment: wish.environment,
    cache: linkerStore(wish.cacheHome, wish.act),
  });
  return deployment.ok ? { ...deployment, value: { ...manifest, deployment: deployment.value } } : deployment;
}
