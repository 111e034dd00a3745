// Request objects: one for each question that takes time. The path is the caller's to compute, the answer goes to the caller alone, and it ends with the caller.
import type { PortalInstance } from "./instance.ts";
import { optionsValue, readOptions, textOption } from "./options.ts";
import { type Answer, DESKTOP_PATH, type Options, type PortalMethod, type RequestMethod } from "./portal.ts";
import { busError, PortalError } from "./portal-error.ts";

export const REQUEST_INTERFACE = "org.freedesktop.portal.Request";
const MAX_OPEN_REQUESTS = 256;

export interface PortalRequest {
  readonly path: string;
  readonly client: string;
  /** Aborted when the app closes the request or leaves. */
  readonly cancelled: AbortSignal;
}

/** `/…/request/SENDER/TOKEN` or `/…/session/SENDER/TOKEN`, as clients compute it before they call. */
export function objectPath(kind: "request" | "session", client: string, token: string, root = `${DESKTOP_PATH}/${kind}`): string {
  if (!/^[A-Za-z0-9_]{1,255}$/.test(token)) throw new PortalError("InvalidArgument", "a token takes letters, digits and `_` only");
  return `${root}/${client.slice(1).replaceAll(".", "_")}/${token}`;
}

export class Requests {
  readonly #open = new Map<string, PortalRequest & { readonly method: string; readonly abort: AbortController }>();
  readonly #instance: PortalInstance;
  #serial = 0;

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

  /** `org.freedesktop.portal.FileChooser.OpenFile`, in the order of their beginning. */
  methods(): readonly string[] {
    return [...this.#open.values()].map(({ method }) => method);
  }

  has(path: string): boolean {
    return this.#open.has(path);
  }

  /** Throws LimitsExceeded. INVARIANT: asked before anything is taken for a request, since nobody gives it back where there is none. */
  checkRoom(): void {
    if (this.#open.size >= MAX_OPEN_REQUESTS) throw busError("LimitsExceeded", `this sandbox may have at most ${MAX_OPEN_REQUESTS} requests open`);
  }

  /** A new request; where its path is taken, another one is made, as the interface allows. */
  begin(client: string, token: string | undefined, method = ""): PortalRequest {
    this.checkRoom();
    let path = objectPath("request", client, token ?? "t");
    if (this.#open.has(path)) path = `${path}/r${++this.#serial}`;
    const abort = new AbortController();
    const request = { path, client, method, cancelled: abort.signal, abort };
    this.#open.set(path, request);
    this.#instance.objectOpened(path);
    return request;
  }

  /** Tells the answer to the one who asked, and forgets the request. Nothing is told of a closed one. */
  finish(request: PortalRequest, answer: Answer): void {
    if (!this.#forget(request.path)) return;
    this.#instance.emit(request.client, request.path, REQUEST_INTERFACE, "Response", "ua{sv}", [answer.response, optionsValue(answer.results)]);
  }

  /** Tells the answer; the request stays until its owner closes it. */
  answer(request: PortalRequest, answer: Answer): void {
    if (!this.#open.has(request.path)) return;
    this.#instance.emit(request.client, request.path, REQUEST_INTERFACE, "Response", "ua{sv}", [answer.response, optionsValue(answer.results)]);
  }

  close(client: string, path: string): void {
    const request = this.#open.get(path);
    if (request === undefined) throw busError("UnknownObject", "no such request is open");
    if (request.client !== client) throw busError("AccessDenied", "only who made a request may close it");
    this.#forget(path);
    request.abort.abort();
  }

  clientGone(client: string): void {
    for (const request of [...this.#open.values()]) {
      if (request.client !== client) continue;
      this.#forget(request.path);
      request.abort.abort();
    }
  }

  #forget(path: string): boolean {
    if (!this.#open.delete(path)) return false;
    this.#instance.objectClosed(path);
    return true;
  }
}

/** A method that answers with a handle at once and with a Response later. */
export function requestMethod(method: RequestMethod): PortalMethod {
  return {
    in: method.in,
    out: "o",
    names: [...method.names, "handle"],
    run(call) {
      const options: Options = readOptions(call.args.at(-1), { ...method.options, handle_token: "s" });
      const token = textOption(options, "handle_token");
      if (token !== undefined) objectPath("request", call.client, token);
      call.instance.requests.checkRoom();
      const work = method.begin(call, options);
      const { requests, after, note } = call.instance;
      const request = requests.begin(call.client, token, call.method);
      after(() => {
        work(request).then(
          (answer) => (answer.lasts === true ? requests.answer(request, answer) : requests.finish(request, answer)),
          (error: Error) => {
            note("portal request", { path: request.path, detail: error.message });
            requests.finish(request, { response: error instanceof PortalError && error.code === "Cancelled" ? 1 : 2 });
          },
        );
      });
      return [request.path];
    },
  };
}
