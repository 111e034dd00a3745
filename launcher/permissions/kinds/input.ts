// devices=input: every input device that the user may open; on most hosts game controllers, on some keyboards too. `allow=gamepad` is narrower.
import { devicePathKind } from "./device-path.ts";

export const input = devicePathKind({
  name: "input",
  path: "/dev/input",
  words: "Reads every input device that you may read: game controllers, on some machines all keyboards.",
  risk: "high",
});
