// The cameras that PipeWire has: a client of ours that looks at the list of all things there, and at nothing else. Its bytes are the server's own; no app is on this connection.
import { Endpoint } from "../../dbus-proxy/connection/endpoint.ts";
import { MOST_DESCRIPTORS_OF_SERVER, PipewireLane } from "../../dbus-proxy/pipewire/lane.ts";
import { encodeMessage, type Message } from "../../dbus-proxy/pipewire/message.ts";
import { fieldsOf, int, intOf, propertyFields, readProperties, struct, textOf } from "../../dbus-proxy/pipewire/pod.ts";
import { type Camera, cameraOf } from "../../dbus-proxy/pipewire/policy.ts";
import type { Addon } from "../../native/addon.ts";
import { PortalError } from "../core/portal-error.ts";
import { connectPipewire } from "./pipewire-socket.ts";

const CORE = 0;
const CLIENT = 1;
const REGISTRY = 2;
const VERSION = 3;
/** A number of our own for the only question. */
const QUESTION = 4242;
const Method = { HELLO: 1, SYNC: 2, PONG: 3, GET_REGISTRY: 5, UPDATE_PROPERTIES: 2 } as const;
const Event = { DONE: 1, PING: 2, GLOBAL: 0, GLOBAL_REMOVE: 1 } as const;
const BUFFER_BYTES = 256 * 1024;
const PATIENCE_MILLISECONDS = 5_000;

export interface CameraList {
  /** Those that there are now. Rejects where PipeWire does not answer. */
  now(): Promise<readonly Camera[]>;
  close(): void;
}

/** Connects when first asked, and again where the server is another one by then. `present` hears when there are cameras where there were none, or the other way. */
export function followCameras(addon: Addon, socket: string, present: (is: boolean) => void): CameraList {
  const cameras = new Map<number, Camera>();
  let wasPresent = false;
  let link: { readonly ready: Promise<void>; close(): void } | undefined;
  const tell = (): void => {
    if (cameras.size > 0 === wasPresent) return;
    wasPresent = cameras.size > 0;
    present(wasPresent);
  };
  const over = (): void => {
    link = undefined;
    cameras.clear();
    tell();
  };
  const heard = ({ opcode, fields }: Message): void => {
    const id = intOf(fields[0]);
    if (id === undefined) return;
    const list = opcode === Event.GLOBAL && textOf(fields[2]) === "PipeWire:Interface:Node" ? fieldsOf(fields[4]) : undefined;
    const camera = list === undefined ? undefined : cameraOf(id, readProperties(list, 0)?.properties ?? new Map());
    // A number that now is something else, too.
    cameras.delete(id);
    if (camera !== undefined) cameras.set(id, camera);
  };
  return {
    async now() {
      link ??= openLink(addon, socket, { registry: heard, told: tell, over });
      await link.ready;
      return [...cameras.values()];
    },
    close() {
      link?.close();
      link = undefined;
    },
  };
}

interface LinkEvents {
  registry(message: Message): void;
  /** All that came in one turn is dealt with. */
  told(): void;
  over(): void;
}

function openLink(addon: Addon, socket: string, events: LinkEvents): { readonly ready: Promise<void>; close(): void } {
  const fd = connectPipewire(addon, socket);
  if (fd < 0) {
    events.over();
    throw new PortalError("Failed", "PipeWire does not listen");
  }
  const server = new Endpoint(addon, fd, { readable: () => {}, drained: () => {}, broken: () => {} });
  let isOver = false;
  let isReady = false;
  let isAsked = false;
  let settle: (failure?: Error) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    settle = (failure) => (failure === undefined ? resolve() : reject(failure));
  });
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(patience);
    lane.close();
    server.close();
    settle(new PortalError("Failed", "PipeWire does not answer"));
    events.over();
  };
  const patience = setTimeout(end, PATIENCE_MILLISECONDS);
  const say = (object: number, opcode: number, ...fields: readonly Uint8Array[]): void => {
    const bytes = encodeMessage({ object, opcode, sequence: 0 }, struct(...fields));
    server.send(bytes, 0, bytes.length);
  };
  const lane = new PipewireLane({ addon, buffer: new Uint8Array(BUFFER_BYTES) }, server, {
    broken: end,
    ended: end,
    mostDescriptors: MOST_DESCRIPTORS_OF_SERVER,
    take: (message, _bytes, _from, _to, descriptors) => {
      for (const descriptor of descriptors) addon.close(descriptor);
      if (message.object === REGISTRY) {
        events.registry(message);
        // Only now: the server gives a client its rights after what came with the greeting, and would say before that this is all.
        if (!isAsked) say(CORE, Method.SYNC, int(CORE), int(QUESTION));
        isAsked = true;
      }
      if (message.object !== CORE) return;
      const [first, second] = [intOf(message.fields[0]), intOf(message.fields[1])];
      if (message.opcode === Event.PING) say(CORE, Method.PONG, int(first ?? 0), int(second ?? 0));
      // There are others, which nobody asked for.
      if (message.opcode !== Event.DONE || second !== QUESTION) return;
      isReady = true;
      clearTimeout(patience);
    },
  });
  server.handle({
    readable: () => {
      lane.receive();
      if (isOver) return;
      if (isReady) settle();
      if (isReady) events.told();
    },
    drained: () => {},
    broken: end,
  });
  say(CORE, Method.HELLO, int(VERSION));
  say(CLIENT, Method.UPDATE_PROPERTIES, struct(...propertyFields(new Map([["application.name", "tsbox"]]))));
  say(CORE, Method.GET_REGISTRY, int(VERSION), int(REGISTRY));
  server.read(true);
  // Who closes before the answer waits for none.
  ready.catch(() => {});
  return { ready, close: end };
}
