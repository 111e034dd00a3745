// Scripted servers of this machine's loopback for programs that talk to the network: what they were sent is kept.
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Prepared } from "./program.ts";

export interface Scripted extends Prepared {
  readonly port: number;
  received(): string;
  close(): void;
}

/** Answers each line of a client. `greeting` is sent to whoever connects. */
export async function serveLines(answer: (line: string, socket: Socket) => string, greeting = ""): Promise<Scripted> {
  let received = "";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = "";
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    if (greeting !== "") socket.write(greeting);
    socket.on("data", (data) => {
      received += data.toString("latin1");
      const lines = (rest + data.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const text = answer(line.replace(/\r$/, ""), socket);
        if (text !== "") socket.write(text);
      }
    });
  });
  return listen(
    server,
    () => received,
    () => {
      for (const socket of sockets) socket.destroy();
    },
  );
}

/** One page, whatever is asked for. */
export async function servePage(page: string): Promise<Scripted> {
  let received = "";
  const server = createHttpServer((request, response) => {
    received += `${request.url}\n`;
    response.setHeader("content-type", "text/html");
    response.end(page);
  });
  return listen(
    server,
    () => received,
    () => server.closeAllConnections(),
  );
}

async function listen(server: Server, received: () => string, end: () => void): Promise<Scripted> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    received,
    close() {
      server.close();
      end();
    },
  };
}

/** A chat server (RFC 1459) that lets everybody in and keeps what is said. */
export const serveChat = (): Promise<Scripted> =>
  serveLines((line) => {
    const [command = "", word = ""] = line.split(" ");
    switch (command.toUpperCase()) {
      case "NICK":
        return `:chat 001 ${word} :welcome\r\n:chat 376 ${word} :end\r\n`;
      case "PING":
        return `:chat PONG chat ${word}\r\n`;
      default:
        return "";
    }
  });

/** A mail server (RFC 5321) that takes every letter. */
export function serveMail(): Promise<Scripted> {
  let inLetter = false;
  return serveLines((line, socket) => {
    if (inLetter) {
      if (line !== ".") return "";
      inLetter = false;
      return "250 taken\r\n";
    }
    const command = line.slice(0, 4).toUpperCase();
    if (command === "DATA") {
      inLetter = true;
      return "354 go on\r\n";
    }
    if (command === "QUIT") socket.end("221 bye\r\n");
    return command === "QUIT" ? "" : "250 mail\r\n";
  }, "220 mail\r\n");
}
