// The set `own-secrets` with a real keyring and a real client library: the app keeps and reads its own items, and nobody else's, whatever it asks or guesses.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { busCall, startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";

const SECRETS = "org.freedesktop.secrets";
const PATH = "/org/freedesktop/secrets";
const API = "org.freedesktop.Secret";

/** A client of the service itself: inside a sandbox libsecret keeps a file of its own, encrypted with what a portal gives. */
const CLIENT = `
import secretstorage, sys
connection = secretstorage.dbus_init()
verb, attributes = sys.argv[1], dict(word.split('=', 1) for word in sys.argv[3:])
if verb == 'store':
    secretstorage.get_default_collection(connection).create_item('a label', attributes, sys.argv[2].encode(), replace=True)
for item in secretstorage.search_items(connection, attributes):
    if verb == 'delete': item.delete()
    else: print(item.get_secret().decode())
`;

inOrdinarySession("own secrets, with gnome-keyring", (session) => {
  let app: App;
  const outside = (path: string, method: string, ...values: string[]) => busCall(session(), SECRETS, path, method, ...values);
  /** As the user does it outside. */
  const keep = (secret: string, ...attributes: string[]) =>
    session().run(["sh", "-c", `printf %s ${secret} | secret-tool store --label=${secret} "$@"`, "sh", ...attributes]);
  const inside = (verb: string, secret: string, ...attributes: string[]) =>
    app.run(["-c", CLIENT, verb, secret, ...attributes], { options: ["--command=python3"] });
  const python = (...lines: string[]) =>
    app.run(["-c", ["import dbus", "bus = dbus.SessionBus()", `API = '${API}'`, ...lines].join("\n")], { options: ["--command=python3"] });
  before(async () => {
    await startBus(session());
    session().write(".local/share/keyrings/default", "login");
    const daemon = session().start(["sh", "-c", "printf pw | exec gnome-keyring-daemon --foreground --unlock --components=secrets"], { limit: SERVER_LIFE });
    session().onClose(async () => {
      daemon.kill("SIGTERM");
      await daemon.ended;
    });
    // Whoever calls it before it is there lets the bus start one that is locked.
    const has = () => busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", SECRETS);
    await waitFor("the keyring", async () => (await has()).stdout.includes("true"), 20_000);
    assert.equal((await keep("others-secret", "app", "other")).status, 0);
    app = await makeApp(session(), "org.example.Secretive", "command=python3\n[X-Tsbox Session Bus Rules]\nsets=own-secrets:app=mine;\n");
  });

  it("stores a secret of the app's own and reads it again, in another run too", async () => {
    const stored = await inside("store", "my-secret", "app=mine", "user=me");
    assert.equal(stored.stdout.trim(), "my-secret", stored.stderr);
    assert.equal((await inside("find", "", "app=mine")).stdout.trim(), "my-secret");
    assert.match((await session().run(["secret-tool", "search", "--all", "app", "mine"])).stdout, /secret = my-secret/);
  });

  it("finds nobody else's by any search, though outside one finds all", async () => {
    assert.equal((await session().run(["secret-tool", "lookup", "app", "other"])).stdout, "others-secret");
    for (const attributes of [["app=other"], ["user=me"], []]) {
      const result = await inside("find", "", ...attributes);
      assert.equal(result.stdout, "");
      assert.match(result.stderr, /AccessDenied/);
    }
    assert.equal((await inside("find", "", "app=mine", "user=nobody")).status, 0);
    const all = await outside(PATH, `${API}.Service.SearchItems`, "@a{ss} {}");
    assert.equal([...all.stdout.matchAll(/collection\/login\/\d+/g)].length, 2);
  });

  it("reads nobody else's by a path that it guesses, nor the list of all", async () => {
    const items = (await outside(PATH, `${API}.Service.SearchItems`, "@a{ss} {'app': 'other'}")).stdout;
    const path = /'(\/[^']*collection[^']*)'/.exec(items)?.[1] ?? "";
    assert.match((await outside(path, "org.freedesktop.DBus.Properties.Get", `${API}.Item`, "Label")).stdout, /others-secret/);
    const result = await python(
      "service = bus.get_object('org.freedesktop.secrets', '/org/freedesktop/secrets', introspect=False)",
      "_, session = service.OpenSession('plain', dbus.String('', variant_level=1), dbus_interface=API + '.Service', signature='sv')",
      "mine, _ = service.SearchItems({'app': 'mine'}, dbus_interface=API + '.Service', signature='a{ss}')",
      "secrets = service.GetSecrets(mine, session, dbus_interface=API + '.Service', signature='aoo')",
      "print(bytes(list(secrets.values())[0][2]).decode())",
      `other = bus.get_object('org.freedesktop.secrets', '${path}', introspect=False)`,
      "def attempt(act):",
      "    try: print('got', act())",
      "    except dbus.DBusException as error: print(error.get_dbus_name().split('.')[-1])",
      "attempt(lambda: other.GetSecret(session, dbus_interface=API + '.Item', signature='o'))",
      `attempt(lambda: service.GetSecrets([dbus.ObjectPath('${path}')] + list(mine), session, dbus_interface=API + '.Service', signature='aoo'))`,
      "attempt(lambda: other.Get(API + '.Item', 'Label', dbus_interface='org.freedesktop.DBus.Properties', signature='ss'))",
      "attempt(lambda: other.Delete(dbus_interface=API + '.Item'))",
      "collection = bus.get_object('org.freedesktop.secrets', '/org/freedesktop/secrets/collection/login', introspect=False)",
      "attempt(lambda: collection.Get(API + '.Collection', 'Items', dbus_interface='org.freedesktop.DBus.Properties', signature='ss'))",
      "attempt(lambda: collection.Delete(dbus_interface=API + '.Collection'))",
      "attempt(lambda: service.Lock([collection.object_path], dbus_interface=API + '.Service', signature='ao'))",
    );
    assert.deepEqual(result.stdout.trim().split("\n"), ["my-secret", ...Array<string>(7).fill("AccessDenied")], result.stderr);
    assert.equal((await session().run(["secret-tool", "lookup", "app", "other"])).stdout, "others-secret");
  });

  it("stores nothing that bears another's mark", async () => {
    const result = await inside("store", "planted", "app=other");
    assert.match(result.stderr, /AccessDenied/);
    assert.equal((await session().run(["secret-tool", "lookup", "app", "other"])).stdout, "others-secret");
  });

  it("does not get the secret that another program keeps in the place of an item of the app's, and makes none that bears a second schema", async () => {
    const label = `'${API}.Item.Label': dbus.String('planted', variant_level=1)`;
    const planted = (attributes: string, more = "") =>
      [
        `{${label}, '${API}.Item.Attributes': dbus.Dictionary(${attributes}, signature='ss', variant_level=1)${more}}`,
        "(session, b'', b'planted', 'text/plain')",
        "True",
      ].join(", ");
    const prepare = [
      "import dbus, sys",
      "bus = dbus.SessionBus()",
      `API = '${API}'`,
      "at = lambda path: bus.get_object('org.freedesktop.secrets', path, introspect=False)",
      "service = at('/org/freedesktop/secrets')",
      "session = service.OpenSession('plain', dbus.String('', variant_level=1), dbus_interface=API + '.Service', signature='sv')[1]",
      "def create(*values): return at('/org/freedesktop/secrets/collection/login').CreateItem(*values, dbus_interface=API + '.Collection', signature='a{sv}(oayays)b')[0]",
      "def secret(path):",
      "    try: return bytes(at(path).GetSecret(session, dbus_interface=API + '.Item', signature='o')[2]).decode()",
      "    except dbus.DBusException as error: return error.get_dbus_name().split('.')[-1]",
      "def wait(): print('kept', flush=True); sys.stdin.readline()",
    ];
    const typed = planted("{'app': 'mine', 'server': 'bank-' + sys.argv[1]}", `, '${API}.Item.Type': dbus.String('org.example.Bank', variant_level=1)`);
    const attack = [
      ...prepare,
      `item = create(${planted("{'app': 'mine', 'server': 'mail-' + sys.argv[1]}")})`,
      "print(secret(item))",
      "wait()",
      "print(secret(item))",
      // Which of two schemas the service keeps is now and then the other one: outside it is looked at, inside nobody can.
      "def isTheirs(path):",
      "    try: return path in service.SearchItems({'xdg:schema': 'org.example.Bank'}, dbus_interface=API + '.Service', signature='a{ss}')[0]",
      "    except dbus.DBusException: return True",
      "try:",
      `    item = create(${typed})`,
      `    while not isTheirs(item): item = create(${typed})`,
      "except dbus.DBusException as error: print(error.get_dbus_name().split('.')[-1])",
      "else: wait(); print(secret(item))",
    ].join("\n");
    /** Another program keeps its own password while the script waits, once for each time that it does. */
    const played = async (where: string, running: Running): Promise<readonly string[]> => {
      let over = false;
      void running.ended.then(() => (over = true));
      const kept = () =>
        running
          .stdout()
          .split("\n")
          .filter((line) => line === "kept").length;
      for (const [index, words] of [
        ["server", `mail-${where}`],
        ["server", `bank-${where}`, "xdg:schema", "org.example.Bank"],
      ].entries()) {
        await waitFor("an item in its place", () => kept() > index || over);
        if (over) break;
        assert.equal((await keep("theirs", ...words)).status, 0);
        running.write("\n");
      }
      await running.ended;
      return running
        .stdout()
        .trim()
        .split("\n")
        .filter((line) => line !== "kept");
    };
    // Outside both are read so.
    assert.deepEqual(await played("outside", session().start(["/usr/bin/python3", "-c", attack, "outside"], { limit: SERVER_LIFE, input: "pipe" })), [
      "planted",
      "theirs",
      "theirs",
    ]);
    assert.deepEqual(await played("inside", app.start(["-c", attack, "inside"], { options: ["--command=python3"], input: "pipe" })), [
      "planted",
      "AccessDenied",
      "AccessDenied",
    ]);
  });

  it("removes its own", async () => {
    assert.equal((await inside("delete", "", "app=mine")).status, 0);
    const left = await inside("find", "", "app=mine");
    assert.deepEqual([left.status, left.stdout], [0, ""], left.stderr);
    assert.equal((await outside(PATH, `${API}.Service.SearchItems`, "@a{ss} {'app': 'mine'}")).stdout.trim(), "(@ao [], @ao [])");
  });
});
