// Whom the real portal takes for the caller, on both bus servers: beside `flatpak ps`, with twenty instances alive, and with each process of ours killed in turn.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { type BusKind, busCall, startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor, killHard } from "../support/process.ts";
import { openFuse, type Portal, startPortal } from "../support/portal.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";
import { writeReportLine } from "./report.ts";

const APPS = ["org.example.First", "org.example.Second"] as const;
const INSTANCES = 20;
/** Of `flatpak ps`, at least. */
const LISTS = 8;
const NOTIFY = [
  "--dest",
  "org.freedesktop.portal.Desktop",
  "--object-path",
  "/org/freedesktop/portal/desktop",
  "--method",
  "org.freedesktop.portal.Notification.AddNotification",
];
const CONTENT = "{'title': <'t'>, 'body': <'b'>}";
/** Each call is a connection of its own: who is behind it is asked anew. */
const SCRIPT = `n=0; while :; do n=$((n+1)); gdbus call --session --timeout=10 ${NOTIFY.join(" ")} "$0-$n" "${CONTENT}" >/dev/null 2>&1 || echo failed; sleep 1; done`;
const kinds: readonly BusKind[] = ["dbus-daemon", "dbus-broker"];
/** What a portal asks for at its start. */
const STORES = [
  ["org.freedesktop.impl.portal.PermissionStore", "xdg-permission-store"],
  ["org.freedesktop.portal.Documents", "xdg-document-portal"],
] as const;

async function startStore(session: Session, name: string, program: string): Promise<void> {
  const store = session.start([program], { limit: 280_000 });
  session.onClose(async () => {
    store.kill("SIGTERM");
    await store.ended;
  });
  await waitFor(name, async () => (await busCall(session, "org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", name)).stdout.includes("true"));
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const kind of kinds) {
  describe(`who calls a portal, on ${kind}`, () => {
    inOrdinarySession("twenty instances of two apps", (session) => {
      let portal: Portal;
      let lists = 0;
      const programs: { readonly id: string; readonly word: string; readonly program: Running }[] = [];
      /** Lines that the portal wrote for an instance. */
      const linesOf = (word: string): string[] => portal.calls().filter((line) => line.split(" ").at(-1)?.startsWith(`${word}-`) === true);
      const assertOwn = (): void => {
        for (const { id, word } of programs)
          for (const line of linesOf(word)) assert.match(line, new RegExp(`^notification ${id.replaceAll(".", "\\.")} ${word}-`));
      };
      /** Every instance is heard once more, as what it is. */
      const allHeard = async (but: readonly string[] = []): Promise<void> => {
        const live = programs.filter(({ word }) => !but.includes(word));
        const before = new Map(live.map(({ word }) => [word, linesOf(word).length]));
        const silent = () => live.filter(({ word }) => linesOf(word).length <= (before.get(word) ?? 0));
        try {
          await waitFor("every instance", () => silent().length === 0, 100_000);
        } catch (error) {
          throw new Error(
            `${(error as Error).message}: ${silent()
              .map(({ word, program }) => `${word} ${program.stdout().slice(-100)} ${program.stderr().slice(-300)}`)
              .join("; ")}`,
          );
        }
        assertOwn();
      };
      const killOurs = (bundle: string): void => {
        for (const { pid, argv } of backgroundProcesses(session().runtimeDirectory)) if (argv.some((one) => one.endsWith(bundle))) killHard(pid);
      };
      before(async () => {
        await startBus(session(), kind);
        openFuse(session());
        // dbus-broker starts services through systemd, which is not here.
        for (const [name, file] of kind === "dbus-broker" ? STORES : []) await startStore(session(), name, `/usr/libexec/${file}`);
        portal = await startPortal(session());
        const apps = await Promise.all(APPS.map((id, index) => makeApp(session(), id, `command=sh\n${index === 0 ? "[Context]\nshared=network;\n" : ""}`)));
        for (let index = 0; index < INSTANCES; index++) {
          const app = apps[index % apps.length] as App;
          const word = `i${index}x`;
          programs.push({ id: app.id, word, program: app.start(["-c", SCRIPT, word], { limit: 280_000 }) });
        }
      });

      it("a caller outside is no app", async () => {
        const result = await busCall(session(), NOTIFY[1] as string, NOTIFY[3] as string, NOTIFY[5] as string, "outside", CONTENT);
        assert.equal(result.status, 0, result.stderr);
        await waitFor("the notification", () => portal.calls().includes("notification - outside"));
      });

      it("each instance is its app, while `flatpak ps` runs in a loop and lists them all", async () => {
        await allHeard();
        const until = Date.now() + 10_000;
        // On a busy machine each of them takes its time.
        for (; Date.now() < until || lists < LISTS; lists++) {
          const listed = (await session().run(["flatpak", "ps", "--columns=instance,application"])).stdout;
          for (const id of APPS) assert.equal(listed.split("\n").filter((line) => line.endsWith(id)).length, INSTANCES / 2, listed);
        }
        assert.equal(readdirSync(`${session().runtimeDirectory}/.flatpak`).filter((name) => /^\d+$/.test(name)).length, INSTANCES);
        await allHeard();
      });

      it("and stays it when the broker is killed, and when the bus process is", async () => {
        killOurs("broker.cjs");
        await allHeard();
        killOurs("bus.cjs");
        await allHeard();
        killOurs("broker.cjs");
        killOurs("bus.cjs");
        await allHeard();
      });

      it("and is nobody any more when its connector is killed, least of all a caller outside", async () => {
        const [victim] = programs.filter(({ id }) => id === APPS[0]);
        const connectors = connectorsOf(victim?.id ?? "");
        assert.equal(connectors.length, INSTANCES / 2);
        for (const pid of connectors) killHard(pid);
        const dead = programs.filter(({ id }) => id === APPS[0]).map(({ word }) => word);
        await waitFor("the failures", () => programs.filter(({ id }) => id === APPS[0]).every(({ program }) => program.stdout().includes("failed")), 60_000);
        const before = dead.map((word) => linesOf(word).length);
        await pause(5000);
        assert.deepEqual(
          dead.map((word) => linesOf(word).length),
          before,
        );
        await allHeard(dead);
        const heard = programs.reduce((sum, { word }) => sum + linesOf(word).length, 0);
        writeReportLine(
          "portal-identity",
          kind,
          `${heard} calls of ${INSTANCES} instances of ${APPS.length} apps were heard, each as its own app's: beside ${lists} runs of \`flatpak ps\`, and with broker, bus process, both, and one app's connectors killed`,
        );
        for (const { program } of programs) program.kill("SIGTERM");
        await Promise.all(programs.map(({ program }) => program.ended));
      });
    });
  });
}

/** Connectors of the app; its identity is what stands in their root. */
function connectorsOf(id: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/comm`, "utf8") === "tsbox-connector\n" && readFileSync(`/proc/${pid}/root/.flatpak-info`, "utf8").includes(`name=${id}\n`)
        );
      } catch {
        return false;
      }
    });
}
