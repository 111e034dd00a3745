// Session objects: something that lasts until its owner closes it or leaves.
import type { PortalInstance } from "./instance.ts";
import { busError, PortalError } from "./portal-error.ts";
import { objectPath } from "./requests.ts";

export const SESSION_INTERFACE = "org.freedesktop.portal.Session";
const MAX_SESSIONS = 256;

export interface PortalSession {
  readonly path: string;
  readonly client: string;
  /** Which portal made it: a handle of another one is foreign. */
  readonly kind: string;
  readonly ended: AbortSignal;
}

export class Sessions {
  readonly #open = new Map<string, PortalSession & { readonly abort: AbortController }>();
  readonly #instance: PortalInstance;

  constructor(instance: PortalInstance) {
    this.#instance = instance;
  }

  get count(): number {
    return this.#open.size;
  }

  paths(): readonly string[] {
    return [...this.#open.keys()];
  }

  clients(): readonly string[] {
    return [...this.#open.values()].map(({ client }) => client);
  }

  has(path: string): boolean {
    return this.#open.has(path);
  }

  kindOf(path: string): string | undefined {
    return this.#open.get(path)?.kind;
  }

  /** `root`: where its object stands, in place of the usual one. */
  begin(client: string, token: string, kind: string, root?: string): PortalSession {
    if (this.#open.size >= MAX_SESSIONS) throw busError("LimitsExceeded", `this sandbox may have at most ${MAX_SESSIONS} sessions open`);
    const path = objectPath("session", client, token, root);
    if (this.#open.has(path)) throw new PortalError("Exists", "a session of this token is open");
    const abort = new AbortController();
    const session = { path, client, kind, ended: abort.signal, abort };
    this.#open.set(path, session);
    this.#instance.objectOpened(path);
    return session;
  }

  /** The caller's own session of that kind. */
  find(client: string, path: string, kind: string): PortalSession {
    const session = this.#open.get(path);
    if (session === undefined || session.client !== client || session.kind !== kind) throw new PortalError("NotFound", "no such session is open");
    return session;
  }

  of(kind: string): readonly PortalSession[] {
    return [...this.#open.values()].filter((session) => session.kind === kind);
  }

  close(client: string, path: string): void {
    const session = this.#open.get(path);
    if (session === undefined) throw busError("UnknownObject", "no such session is open");
    if (session.client !== client) throw busError("AccessDenied", "only who made a session may close it");
    this.#end(path);
  }

  clientGone(client: string): void {
    for (const session of [...this.#open.values()]) if (session.client === client) this.#end(session.path);
  }

  #end(path: string): void {
    const session = this.#open.get(path);
    if (session === undefined) return;
    this.#open.delete(path);
    session.abort.abort();
    this.#instance.objectClosed(path);
  }
}
