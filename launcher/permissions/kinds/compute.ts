// allow=compute: render nodes and what AMD, Intel and NVIDIA have beside them for computing; no node that can take a screen over.
import { deviceUseKind } from "./device-use.ts";

export const compute = deviceUseKind({ name: "compute", words: "Computes on the graphics card and on accelerators; cannot set up a screen.", risk: "low" });
