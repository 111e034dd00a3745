// allow=gamepad: joysticks and the event nodes of the same devices; no keyboard and no mouse, which `devices=input` gives with them.
import { deviceUseKind } from "./device-use.ts";

export const gamepad = deviceUseKind({ name: "gamepad", words: "Reads game controllers, and makes them rumble; no keyboard, no mouse.", risk: "low" });
