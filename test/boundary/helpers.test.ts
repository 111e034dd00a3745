// Agents, print server and smart cards: the real ones of Debian, reached from inside with their word and not without it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { assertOneOf, inOrdinarySession } from "../support/cases.ts";
import { startProcess, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";

function serve(session: Session, argv: readonly [string, ...string[]], environment: Readonly<Record<string, string>> = {}): void {
  const server = session.start(argv, { limit: SERVER_LIFE, environment });
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });
}

inOrdinarySession("the ssh agent", (session) => {
  let socket: string;
  before(async () => {
    socket = `${session().scratch}/agent.sock`;
    serve(session(), ["ssh-agent", "-D", "-a", socket]);
    await waitFor("the agent", () => existsSync(socket));
    session().environment["SSH_AUTH_SOCK"] = socket;
    await session().run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "key of the test", "-f", session().path("key")]);
    await session().run(["ssh-add", "-q", session().path("key")]);
    assert.match((await session().run(["ssh-add", "-l"])).stdout, /key of the test/);
  });

  it("lists and uses its keys with sockets=ssh-auth", async () => {
    const app = await makeApp(session(), "org.example.Ssh", "command=sh\n[Context]\nsockets=ssh-auth;\n");
    const script = "ssh-add -L > k.pub; ssh-add -l; echo data > d; ssh-keygen -q -Y sign -n test -f k.pub d && head -1 d.sig; ls ~/key";
    const outcome = await app.run(["-c", `cd /tmp; ${script}`]);
    assert.match(outcome.stdout, /key of the test/);
    assert.match(outcome.stdout, /BEGIN SSH SIGNATURE/, outcome.stderr);
    assert.match(outcome.stderr, /cannot access '.*\/key'/, "the key itself stays outside");
  });

  it("is not there without", async () => {
    const app = await makeApp(session(), "org.example.NoSsh", "command=sh\n");
    const outcome = await app.run(["-c", `ssh-add -l; SSH_AUTH_SOCK=${socket} ssh-add -l; SSH_AUTH_SOCK=/run/flatpak/ssh-auth ssh-add -l`]);
    assert.equal(outcome.stdout, "");
    assert.equal(outcome.stderr.match(/Could not open a connection|Error connecting to agent/g)?.length, 3, outcome.stderr);
  });
});

inOrdinarySession("the gpg agent", (session) => {
  const KEY = "Test <test@example.org>";
  before(async () => {
    session().makeFolder(".gnupg", 0o700);
    const made = await session().run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", KEY, "ed25519", "sign", "0"]);
    assert.equal(made.status, 0, made.stderr);
    session().onClose(() => void session().run(["gpgconf", "--kill", "gpg-agent"]));
  });

  it("signs with sockets=gpg-agent and the public keys, and the private ones stay hidden", async () => {
    const context = "[Context]\nsockets=gpg-agent;\nfilesystems=~/.gnupg:ro;!~/.gnupg/private-keys-v1.d;\n";
    const app = await makeApp(session(), "org.example.Gpg", `command=sh\n${context}`);
    const outcome = await app.run(["-c", "echo text | gpg --batch --no-autostart --lock-never --clear-sign; ls -A ~/.gnupg/private-keys-v1.d | wc -l"]);
    assert.match(outcome.stdout, /BEGIN PGP SIGNATURE/, outcome.stderr);
    assert.match(outcome.stdout, /^0$/m);
  });

  it("does not sign without", async () => {
    const context = "[Context]\nfilesystems=~/.gnupg:ro;!~/.gnupg/private-keys-v1.d;!~/.gnupg/S.gpg-agent;\n";
    const app = await makeApp(session(), "org.example.NoGpg", `command=sh\n${context}`);
    const outcome = await app.run(["-c", "echo text | gpg --batch --no-autostart --lock-never --clear-sign"]);
    assert.notEqual(outcome.status, 0);
    assert.doesNotMatch(outcome.stdout, /BEGIN PGP SIGNATURE/);
  });
});

inOrdinarySession("the print server", (session) => {
  let socket: string;
  before(async () => {
    const root = session().makeFolder(`${session().scratch}/cups`);
    for (const name of ["spool", "cache", "state", "log", "root"]) session().makeFolder(`${root}/${name}`);
    socket = `${root}/cups.sock`;
    const files = ["ServerRoot", "RequestRoot", "CacheDir", "StateDir", "DataDir", "DocumentRoot"];
    const folders = [`${root}/root`, `${root}/spool`, `${root}/cache`, `${root}/state`, "/usr/share/cups", `${root}/root`];
    const account = session().account.name;
    const logs = ["ErrorLog", "AccessLog", "PageLog"].map((name) => `${name} ${root}/log/${name}`);
    const own = [...files.map((name, at) => `${name} ${folders[at]}`), ...logs, `User ${account}`, `Group ${account}`, `SystemGroup ${account}`];
    session().write(`${root}/root/cups-files.conf`, `${own.join("\n")}\n`);
    session().write(
      `${root}/root/cupsd.conf`,
      `Listen ${socket}\nBrowsing Off\nDefaultAuthType None\n<Location />\nOrder allow,deny\nAllow all\n</Location>\n`,
    );
    session().write(
      `${root}/root/printers.conf`,
      "<Printer paper>\nInfo Paper of the test\nDeviceURI file:///dev/null\nState Idle\nAccepting Yes\n</Printer>\n",
    );
    serve(session(), ["/usr/sbin/cupsd", "-f", "-c", `${root}/root/cupsd.conf`, "-s", `${root}/root/cups-files.conf`]);
    await waitFor("cupsd", () => existsSync(socket));
    session().environment["CUPS_SERVER"] = socket;
    assert.match((await session().run(["lpstat", "-e"])).stdout, /paper/);
  });

  it("lists its printers with sockets=cups and not without", async () => {
    const granted = await makeApp(session(), "org.example.Cups", "command=lpstat\n[Context]\nsockets=cups;\n");
    const outcome = await granted.run(["-e"]);
    assert.equal(outcome.stdout.trim(), "paper", outcome.stderr);
    const denied = await makeApp(session(), "org.example.NoCups", "command=sh\n");
    const script = `lpstat -e; CUPS_SERVER=${socket} lpstat -e; CUPS_SERVER=/run/cups/cups.sock lpstat -e`;
    assert.equal((await denied.run(["-c", script])).stdout, "");
  });
});

/** What SCardEstablishContext answers, in hexadecimal. 0x8010001d: no service; 0x8010006a: the daemon asked polkit, and there is none. */
const ASK_CARDS =
  "import ctypes; lib = ctypes.CDLL('libpcsclite.so.1'); context = ctypes.c_long(); print(hex(lib.SCardEstablishContext(2, None, None, ctypes.byref(context)) & 0xffffffff))";

// The daemon has one place, and makes it as root.
if (process.getuid?.() === 0) {
  inOrdinarySession("smart cards", (session) => {
    let outside: string;
    before(async () => {
      if (!existsSync("/run/pcscd/pcscd.comm")) {
        const server = startProcess(["/usr/sbin/pcscd", "--foreground"], { environment: { PATH: "/usr/sbin:/usr/bin" }, cwd: "/", limit: SERVER_LIFE });
        session().onClose(async () => {
          server.kill("SIGTERM");
          await server.ended;
        });
      }
      await waitFor("pcscd", () => existsSync("/run/pcscd/pcscd.comm"));
      outside = (await session().run(["python3", "-c", ASK_CARDS])).stdout.trim();
      assertOneOf(outside, ["0x0", "0x8010006a"]);
    });

    it("are there with sockets=pcsc and with allow=smartcard as they are outside, and not without", async () => {
      const granted = ["[Context]\nsockets=pcsc;\n", "[X-Tsbox Devices]\nallow=smartcard;\n"];
      for (const [index, context] of granted.entries()) {
        const app = await makeApp(session(), `org.example.Cards${index}`, `command=python3\n${context}`);
        const outcome = await app.run(["-c", ASK_CARDS]);
        assert.equal(outcome.stdout.trim(), outside, outcome.stderr);
      }
      const denied = await makeApp(session(), "org.example.NoCards", "command=python3\n");
      assert.equal((await denied.run(["-c", ASK_CARDS])).stdout.trim(), "0x8010001d");
    });
  });
}
