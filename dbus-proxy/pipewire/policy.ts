// What goes through a connection to PipeWire: sound, where the app has PipeWire's own socket, or the pictures of cameras, where it has a remote of the camera portal's;
// never both. Pure.
import type { SoundPolicy } from "../pulse/policy.ts";
import type { Properties } from "./pod.ts";
import type { Direction } from "./state.ts";

/** A camera as a stream asks for it. */
export interface Camera {
  /** The server's number for it, which no other thing gets after it. */
  readonly serial: string;
  /** Of the global; another thing may get it. */
  readonly id: string;
  readonly names: readonly string[];
}

/** Pure data, made by the broker for one connection. */
export interface CameraPolicy {
  readonly appId: string;
  /** Those that there are when the connection begins: a program need not look before it asks for one. More are learnt from what it is shown. */
  readonly cameras: readonly Camera[];
}

export type PipewirePolicy = SoundPolicy | CameraPolicy;

export function isCameraPolicy(policy: PipewirePolicy): policy is CameraPolicy {
  return "cameras" in policy;
}

/** The camera that these properties of a node tell of. The class alone says nothing: pictures of a screen come from nodes of the same one. */
export function cameraOf(id: number, properties: Properties): Camera | undefined {
  const serial = properties.get("object.serial");
  if (!isClassOfCamera(properties) || serial === undefined || !/^\d+$/.test(serial)) return undefined;
  return { serial, id: String(id), names: [properties.get("node.name"), properties.get("object.path")].filter((name) => name !== undefined) };
}

export function isClassOfCamera(properties: Properties): boolean {
  return properties.get("media.class") === "Video/Source" && properties.get("media.role") === "Camera";
}

export function mayPlay(policy: PipewirePolicy): boolean {
  return !isCameraPolicy(policy) && policy.playback;
}

/** Why the app may make no stream of this direction; "" where it may. */
export function whyNoStream(policy: PipewirePolicy, direction: Direction): string {
  if (isCameraPolicy(policy)) return direction === "camera" ? "" : "this connection is for cameras alone";
  if (direction === "camera") return "this connection is for sound alone";
  if (direction === "playback") return policy.playback ? "" : "playback is not granted";
  return policy.microphone && policy.monitor ? "" : "it records what the session manager gives it: microphone and monitor must both be granted";
}

/**
 * The serial of the camera that a stream asks for by these properties, or of the first where it asks for none; undefined where there is no such camera.
 * The session manager takes what it is told by `target.object` for a serial, and by `node.target` for a number of a global; both for a name.
 */
export function cameraAskedFor(properties: Properties, cameras: readonly Camera[]): string | undefined {
  const [object, node] = [properties.get("target.object"), properties.get("node.target")];
  const wanted = object ?? node;
  if (wanted === undefined) return cameras[0]?.serial;
  return cameras.find(({ serial, id, names }) => (object === undefined ? id : serial) === wanted || names.includes(wanted))?.serial;
}
