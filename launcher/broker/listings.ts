// Lines that only look (`list`, `permissions`, …), answered for fronts by a process beside the broker: no launch waits for one, and what a listing loads goes with the
// process when nobody has asked for a while. Whatever it does not answer in time, or at all, the command line answers, as without a broker.
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { type FrameStream, openFrameStream } from "../../native/frame-stream.ts";
import type { Addon } from "../../native/addon.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { type Language, LANGUAGE_VARIABLES, languageOf } from "../messages/language.ts";

/** Every frame between the two has this type and one JSON value. */
export const LISTING_FRAME = 1;

export interface ListingQuestion {
  readonly number: number;
  readonly argv: readonly string[];
  readonly workingDirectory: string;
  readonly environment: readonly (readonly [string, string])[];
  readonly stdoutIsTerminal: boolean;
}

/** What a front prints and ends with. */
export interface ListingAnswer {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** Null where the line is not one that only looks, fails by surprise, or has more to say than a broker should hold. */
export interface ListingReply {
  readonly number: number;
  readonly answer: ListingAnswer | null;
}

export interface ListingsWishes {
  readonly addon: Addon;
  /** Absolute folder of listings.cjs and the addon. */
  readonly build: string;
  readonly gid: number;
  /** How long an answer may take, and how long the process stays without a question. */
  readonly patienceMilliseconds?: number;
  readonly idleMilliseconds?: number;
}

export interface Listings {
  /** Null: the command line has to answer. */
  answer(request: FrontRequest): Promise<ListingAnswer | null>;
}

const PATIENCE_MILLISECONDS = 5_000;
const IDLE_MILLISECONDS = 15_000;
/** Questions that wait. More than that come from no person, and each holds a whole environment. */
const MOST_WAITING = 16;

interface Lister {
  ask(question: ListingQuestion): Promise<ListingAnswer | null>;
}

export function createListings(wishes: ListingsWishes): Listings {
  // One for each language that is spoken: its texts are chosen when it loads.
  const listers = new Map<Language, Lister>();
  let number = 0;
  return {
    // Whatever fails at once is told as all else is, and the broker does not wait for it.
    async answer(request) {
      // Another group may read other files.
      if (request.gid !== wishes.gid) return null;
      const language = languageOf((name) => request.environment.get(name));
      const lister = listers.get(language) ?? startLister(wishes, request.environment, () => listers.delete(language));
      listers.set(language, lister);
      return lister.ask({
        number: number++,
        argv: request.argv,
        workingDirectory: request.cwd,
        // As the front leaves them to the command line.
        environment: [...request.environment].filter(([name]) => !name.startsWith("NODE_")),
        stdoutIsTerminal: request.standard[1] === "tty",
      });
    },
  };
}

function spawnLister(build: string, environment: ReadonlyMap<string, string>, socket: number, tried: (failed: boolean) => void): ChildProcess {
  let failed = true;
  try {
    const child = spawn(process.execPath, [`${build}/listings.cjs`, `--build=${build}`], {
      cwd: "/",
      env: Object.fromEntries(LANGUAGE_VARIABLES.map((name) => [name, environment.get(name) ?? ""])),
      // The listening socket of the broker was its descriptor 3, and is none of the child's.
      stdio: ["ignore", "ignore", "inherit", socket],
    });
    failed = false;
    return child;
  } finally {
    tried(failed);
  }
}

/** `ended` is called once: nothing may be asked of it any more. It ends by itself when its socket is closed, with this process too. */
function startLister({ addon, build, ...wishes }: ListingsWishes, environment: ReadonlyMap<string, string>, ended: () => void): Lister {
  const waiting = new Map<number, (answer: ListingAnswer | null) => void>();
  const [ours, theirs] = addon.socketpair();
  const child = spawnLister(build, environment, theirs, (failed) => {
    addon.close(theirs);
    if (failed) addon.close(ours);
  });
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    clearTimeout(idle);
    stream.close();
    ended();
    for (const answer of [...waiting.values()]) answer(null);
  };
  const stream: FrameStream = openFrameStream(addon, ours, {
    frame: ({ payload, descriptors }) => {
      for (const descriptor of descriptors) addon.close(descriptor);
      const { number, answer } = JSON.parse(Buffer.from(payload).toString("utf8")) as ListingReply;
      waiting.get(number)?.(answer);
    },
    end,
  });
  // An answer that is awaited starts it anew.
  const idle = setTimeout(() => void (waiting.size === 0 && end()), wishes.idleMilliseconds ?? IDLE_MILLISECONDS).unref();
  const kill = (): void => {
    child.kill("SIGKILL");
    end();
  };
  child.on("error", end);
  child.on("exit", end);
  child.unref();
  return {
    ask(question) {
      if (waiting.size >= MOST_WAITING) return Promise.resolve(null);
      return new Promise((resolve) => {
        const patience = setTimeout(kill, wishes.patienceMilliseconds ?? PATIENCE_MILLISECONDS);
        waiting.set(question.number, (answer) => {
          clearTimeout(patience);
          waiting.delete(question.number);
          if (!over) idle.refresh();
          resolve(answer);
        });
        stream.send(LISTING_FRAME, Buffer.from(JSON.stringify(question)));
      });
    },
  };
}
