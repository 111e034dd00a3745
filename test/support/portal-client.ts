// test/fixtures/programs/portal_client.py inside an app: requests with their Response, descriptors, signals.
import { resolve } from "node:path";
import type { Outcome, Running } from "./process.ts";
import { type App, makeApp } from "./sandbox.ts";
import type { Session } from "./session.ts";

const PROGRAM = resolve("test/fixtures/programs/portal_client.py");

export interface PortalApp extends App {
  /** `portal`: interface and method behind `org.freedesktop.portal.`. `TOKEN` stands for the token in `args`. */
  request(portal: string, args: string, ...options: string[]): Promise<Outcome>;
  call(portal: string, args: string, ...options: string[]): Promise<Outcome>;
  startRequest(portal: string, args: string, ...options: string[]): Running;
}

export async function makePortalApp(session: Session, id: string, context = ""): Promise<PortalApp> {
  const app = await makeApp(session, id, `command=portal_client.py\n${context}`, [PROGRAM]);
  const words = (mode: string, portal: string, args: string, options: readonly string[]): string[] => [
    mode,
    `org.freedesktop.portal.${portal}`,
    args,
    ...options,
  ];
  return {
    ...app,
    request: (portal, args, ...options) => app.run(words("request", portal, args, options)),
    call: (portal, args, ...options) => app.run(words("call", portal, args, options)),
    startRequest: (portal, args, ...options) => app.start(words("request", portal, args, options)),
  };
}
