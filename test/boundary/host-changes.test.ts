// What of the host changes while an app runs: name servers, host names and the time zone follow, in a running app, however the host's files are replaced.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { ordinaryAccount } from "../support/account.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Namespace, openNamespace } from "../support/namespace.ts";
import { type Running, waitFor } from "../support/process.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";

/** A copy of /etc, whose resolv.conf is a link to where a resolver service replaces it. */
const OWN_ETC = [
  "mkdir -p $SCRATCH/etc && mount -t tmpfs -o mode=755 tmpfs $SCRATCH/etc && cp -a /etc/. $SCRATCH/etc/ && mount --move $SCRATCH/etc /etc",
  "mkdir -p $SCRATCH/resolver && mount -t tmpfs -o mode=755 tmpfs $SCRATCH/resolver",
  "echo nameserver 192.0.2.1 > $SCRATCH/resolver/resolv.conf && ln -sf $SCRATCH/resolver/resolv.conf /etc/resolv.conf",
  "printf '127.0.0.1 localhost\\n' > /etc/hosts",
  "ln -sf /usr/share/zoneinfo/Europe/Berlin /etc/localtime && echo Europe/Berlin > /etc/timezone",
].join("\n");

if (process.getuid?.() === 0 && ordinaryAccount().uid !== 0) {
  inOrdinarySession("a running app", (session) => {
    let host: Namespace;
    let app: Running;
    before(async () => {
      const tsbox = await findTsbox(session());
      host = await openNamespace(session(), OWN_ETC);
      const { id } = await makeApp(session(), "org.example.Follower", "command=sh\n[Context]\nshared=network;\n");
      const look =
        "echo $(cat /etc/resolv.conf) / $(getent -s files hosts other.example | cut -d' ' -f1) / $(date +%Z) $(cat /etc/timezone) $(readlink -f /etc/localtime)";
      app = host.start([tsbox, "run", id, "-c", `while sleep 0.1; do ${look}; done`], { limit: 60_000 });
      session().onClose(async () => {
        app.kill("SIGTERM");
        await app.ended;
      });
    });

    const last = (): string => app.stdout().trim().split("\n").at(-1) ?? "";

    it("sees the host's files as they are", async () => {
      await waitFor("its first look", () => /^nameserver 192\.0\.2\.1 \/ \/ CES?T Europe\/Berlin \/usr\/share\/zoneinfo\/Europe\/Berlin$/.test(last())).catch(
        (error: Error) => assert.fail(`${error.message}: ${last()} ${app.stderr()}`),
      );
    });

    it("follows the name server, which a service replaces behind a link", async () => {
      await host.asRoot("echo nameserver 192.0.2.2 > $SCRATCH/resolver/new && mv $SCRATCH/resolver/new $SCRATCH/resolver/resolv.conf");
      await waitFor("the new name server", () => last().startsWith("nameserver 192.0.2.2 "));
    });

    it("follows the name server where the link itself is replaced by a file", async () => {
      await host.asRoot("echo nameserver 192.0.2.3 > /etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf");
      await waitFor("the new name server", () => last().startsWith("nameserver 192.0.2.3 "));
      await host.asRoot("echo nameserver 192.0.2.4 > /etc/resolv.conf");
      await waitFor("the next one, written in place", () => last().startsWith("nameserver 192.0.2.4 "));
    });

    it("follows host names", async () => {
      await host.asRoot("echo 192.0.2.77 other.example >> /etc/hosts");
      await waitFor("the new name", () => last().includes("/ 192.0.2.77 /"));
    });

    it("follows the time zone", async () => {
      await host.asRoot("ln -sfn /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime && echo Asia/Kathmandu > /etc/timezone");
      await waitFor("the new zone", () => last().endsWith("+0545 Asia/Kathmandu /usr/share/zoneinfo/Asia/Kathmandu"));
    });

    it("without the network sees no name server", async () => {
      const tsbox = await findTsbox(session());
      const { id } = await makeApp(session(), "org.example.Offline", "command=sh\n");
      const outcome = await host.run([tsbox, "run", id, "-c", "cat /etc/resolv.conf; ls /run/host/followed; cat /etc/hosts"]);
      assert.doesNotMatch(outcome.stdout, /192\.0\.2|network/);
      assert.match(outcome.stdout, /^clock$/m);
    });
  });
}
