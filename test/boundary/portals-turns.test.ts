// Many calls of one app at once: the broker answers them one in each turn, so that nobody else waits for all of them; and none for a connection that has left.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interner } from "../../dbus-proxy/wire/interner.ts";
import { encodeMessage } from "../../dbus-proxy/wire/writer.ts";
import { environmentOutside } from "../../launcher/broker/portals.ts";
import { NO_HOST_PORTALS } from "../../portals/core/host-portals.ts";
import type { PortalInstance, PortalOrigin } from "../../portals/core/instance.ts";
import { DESKTOP_PATH, type Portal } from "../../portals/core/portal.ts";
import { requestMethod } from "../../portals/core/requests.ts";
import { listenUntilEnd } from "../../portals/host-bus/listening.ts";
import { type InstanceParts, ServedInstance } from "../../portals/core/served-instance.ts";
import { atOnce } from "../../portals/outside/at-once.ts";
import { pipewireSocket } from "../../portals/outside/pipewire-socket.ts";
import { builtAddon } from "../native-addon/support.ts";
import { waitFor } from "../support/process.ts";

const INTERFACE = "org.freedesktop.portal.Test";
const CLIENT = ":1.7";
const ORIGIN: PortalOrigin = {
  version: 1,
  sessionBus: "",
  systemBus: "",
  environment: {},
  network: false,
  dataFolder: "/x",
  views: [],
  part: "closed",
  tsbox: "",
};

interface Served {
  readonly served: ServedInstance;
  /** Calls that began. */
  readonly begun: string[];
  /** What went back, with descriptors or without. */
  readonly answers: { readonly client: string; readonly taken: number }[];
  call(member: string, serial: number, client?: string): void;
}

async function serve(): Promise<Served> {
  const begun: string[] = [];
  const answers: { readonly client: string; readonly taken: number }[] = [];
  const portal: Portal = {
    interface: INTERFACE,
    version: 1,
    methods: {
      Take: {
        in: "",
        out: "",
        names: [],
        run: ({ client }) => {
          begun.push(client);
          return [];
        },
      },
      Keep: requestMethod({
        in: "ha{sv}",
        names: ["fd", "options"],
        options: {},
        begin: ({ instance, args, descriptors }) => {
          const fd = descriptors.take(args[0]);
          return async () => {
            instance.addon.close(fd);
            return { response: 0 };
          };
        },
      }),
      Last: requestMethod({ in: "a{sv}", names: ["options"], options: {}, begin: () => async () => ({ response: 0, lasts: true }) }),
    },
  };
  const parts: InstanceParts = {
    addon: builtAddon(),
    id: "1",
    appId: "org.example.App",
    origin: ORIGIN,
    owner: ":0.1",
    entries: [{ interface: INTERFACE, path: DESKTOP_PATH, load: async () => portal }],
    texts: new Interner(),
    say: (key) => key,
    host: NO_HOST_PORTALS,
    send: ({ client, taken }) => {
      if (taken !== undefined) answers.push({ client, taken });
    },
    tell: () => {},
    sessionBus: () => Promise.reject(new Error("none")),
    systemBus: () => Promise.reject(new Error("none")),
    shared: (_, make) => make(),
    startSubSandbox: () => ({ refused: "none" }),
    note: () => {},
  };
  const served = new ServedInstance(parts);
  await served.open();
  const call = (member: string, serial: number, client = CLIENT): void => {
    const header = { type: 1, serial, path: DESKTOP_PATH, interface: INTERFACE, member, signature: member === "Last" ? "a{sv}" : "" };
    void served.receive(client, encodeMessage(header, member === "Last" ? [[]] : []), []);
  };
  return { served, begun, answers, call };
}

describe("calls of one app to portals", () => {
  it("begin one in each turn, in their order, and all are answered", async () => {
    const { begun, answers, call } = await serve();
    for (let serial = 1; serial <= 200; serial++) call("Take", serial, `:1.${serial}`);
    let most = 0;
    for (let turns = 0; answers.length < 200; turns++) {
      const before = begun.length;
      await new Promise((done) => setImmediate(done));
      most = Math.max(most, begun.length - before);
      assert.ok(turns < 10_000, "all are answered");
    }
    assert.equal(most, 1);
    assert.deepEqual(
      begun,
      Array.from({ length: 200 }, (_, index) => `:1.${index + 1}`),
    );
  });

  it("make nothing that stays once the instance has ended", async () => {
    const { served } = await serve();
    const closed: string[] = [];
    served.own(
      "early",
      () => "early",
      (one) => closed.push(one),
    );
    served.close();
    assert.equal(
      served.own(
        "late",
        () => "late",
        (one) => closed.push(one),
      ),
      "late",
    );
    assert.deepEqual(closed, ["early", "late"]);
  });

  it("beyond the requests that may be open take nothing: their descriptors are closed", async () => {
    const { served, answers, call } = await serve();
    const addon = builtAddon();
    const give = async (serial: number): Promise<void> => {
      const [ours, theirs] = addon.socketpair();
      const header = { type: 1, serial, path: DESKTOP_PATH, interface: INTERFACE, member: "Keep", signature: "ha{sv}", unixFds: 1 };
      await served.receive(CLIENT, encodeMessage(header, [0, []]), [theirs]);
      await waitFor("the end of what was given", () => addon.recvmsg(ours, new Uint8Array(1), 0, 1, []) === 0);
      addon.close(ours);
    };
    await give(1);
    for (let serial = 2; serial <= 257; serial++) call("Last", serial);
    await waitFor("all of them", () => answers.length === 257);
    assert.equal(served.requests.count, 256);
    await give(300);
    assert.equal(served.requests.count, 256);
  });

  it("do nothing for a connection that left before they began, and give back what they took", async () => {
    const { served, begun, answers, call } = await serve();
    call("Last", 1);
    await waitFor("the first one", () => served.requests.count === 1);
    for (let serial = 2; serial <= 20; serial++) call(serial % 2 === 0 ? "Last" : "Take", serial);
    call("Take", 1, ":1.8");
    served.clientGone(CLIENT);
    await waitFor("all of them", () => answers.length === 21);
    assert.deepEqual([served.requests.count, begun], [0, [":1.8"]]);
    // What is remembered of it goes with its last call: the same name would be another connection's, which no bus gives away.
    call("Last", 30);
    await waitFor("another one", () => served.requests.count === 1);
  });
});

describe("programs outside", () => {
  it("run so many at once for each sandbox, and the others in their order", async () => {
    const own = new Map<string, unknown>();
    const instance = {
      own: <T>(key: string, make: () => T): T => {
        if (!own.has(key)) own.set(key, make());
        return own.get(key) as T;
      },
    } as unknown as PortalInstance;
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = Array.from({ length: 40 }, (_, index) =>
      atOnce(instance, async () => {
        begun.push(index);
        await new Promise<void>((end) => ends.push(end));
        if (index === 3) throw new Error("its own affair");
      }),
    );
    const settled = Promise.allSettled(all);
    await waitFor("the first ones", () => begun.length === 16);
    for (let ended = 0; ended < 40; ended++) {
      assert.equal(begun.length, Math.min(40, 16 + ended));
      (ends[ended] as () => void)();
      await waitFor("the next one", () => begun.length === Math.min(40, 17 + ended));
    }
    assert.deepEqual([begun, (await settled).filter(({ status }) => status === "rejected").length], [Array.from({ length: 40 }, (_, index) => index), 1]);
    await atOnce(instance, async () => void begun.push(40));
    assert.equal(begun.length, 41);
  });
});

describe("signals of the host's", () => {
  it("are heard until the instance ends, also where it ends before the bus has answered", async () => {
    let end: () => void = () => {};
    const made = new Map<string, unknown>();
    const instance = {
      own: <T>(key: string, make: () => T, close: (made: T) => void = () => {}): T => {
        if (!made.has(key)) {
          const one = make();
          made.set(key, one);
          end = () => close(one);
        }
        return made.get(key) as T;
      },
    };
    let heardBy = 0;
    let answer: () => void = () => {};
    const listen = async (): Promise<() => void> => {
      await new Promise<void>((answered) => {
        answer = answered;
      });
      heardBy++;
      return () => void heardBy--;
    };
    for (let index = 0; index < 3; index++) {
      const listening = listenUntilEnd(instance, { listen }, { sender: "org.example.Any" }, () => {});
      answer();
      await listening;
    }
    assert.equal(heardBy, 3);
    const late = listenUntilEnd(instance, { listen }, { sender: "org.example.Any" }, () => {});
    end();
    answer();
    await late;
    assert.equal(heardBy, 0);
  });
});

describe("the environment of programs outside", () => {
  it("is the user's, without what is good for one start alone", () => {
    const kept = { HOME: "/h", XDG_SESSION_ID: "3", PIPEWIRE_REMOTE: "other" };
    assert.deepEqual(environmentOutside(new Map(Object.entries({ ...kept, XDG_ACTIVATION_TOKEN: "once", LD_PRELOAD: "/x.so" }))), kept);
  });
});

describe("PipeWire's socket outside", () => {
  const at = (environment: Readonly<Record<string, string>>): string =>
    pipewireSocket({ origin: { ...ORIGIN, environment: { XDG_RUNTIME_DIR: "/run/user/7", ...environment } } });

  it("is where PipeWire's own clients look, and nowhere for what is no name", () => {
    assert.equal(at({}), "/run/user/7/pipewire-0");
    assert.equal(at({ PIPEWIRE_REMOTE: "" }), "/run/user/7/pipewire-0");
    assert.equal(at({ PIPEWIRE_REMOTE: "other" }), "/run/user/7/other");
    assert.equal(at({ PIPEWIRE_REMOTE: "/there/pipewire-1", PIPEWIRE_RUNTIME_DIR: "/x" }), "/there/pipewire-1");
    assert.equal(at({ PIPEWIRE_REMOTE: "other", PIPEWIRE_RUNTIME_DIR: "/there" }), "/there/other");
    assert.equal(at({ PIPEWIRE_RUNTIME_DIR: "/there" }), "/there/pipewire-0");
    for (const PIPEWIRE_REMOTE of ["[ a, b ]", "a b", "a\n"]) assert.equal(at({ PIPEWIRE_REMOTE }), "");
  });
});
