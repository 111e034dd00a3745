// A Wayland compositor for the training run that offers nothing: it answers the question of launcher/host/compositor.ts and no other.
import { createServer } from "node:net";

/** The callback of `wl_display.sync` is the third object of whoever asks in the usual order; its `done` ends an empty list of globals. */
const CALLBACK = 3;
const DONE_BYTES = 12;

export function serveMadeUpCompositor(path: string): Promise<void> {
  const done = Buffer.alloc(DONE_BYTES);
  done.writeUInt32LE(CALLBACK, 0);
  done.writeUInt32LE(DONE_BYTES << 16, 4);
  const server = createServer((client) => {
    client.once("data", () => client.write(done));
    client.on("error", () => {});
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.unref();
      resolve();
    });
  });
}
