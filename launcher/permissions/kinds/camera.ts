// allow=camera: video nodes, and the media controllers that libcamera drives them by. No microphone.
import { deviceUseKind } from "./device-use.ts";

export const camera = deviceUseKind({
  name: "camera",
  words: "Takes pictures and films with the cameras, without asking; not through a portal.",
  risk: "medium",
});
