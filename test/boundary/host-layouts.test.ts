// Hosts that look otherwise than Debian's: /usr not merged, /home and /opt behind links, a language and an authority of this machine's own. One is made of this
// host's parts and becomes the root of a namespace.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { ordinaryAccount } from "../support/account.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Namespace, openNamespace } from "../support/namespace.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";

const CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout /dev/null";

const HOST = [
  "R=$SCRATCH/root; mkdir -p $R; mount -t tmpfs -o mode=755 tmpfs $R",
  "for d in /*; do test -d $d && ! test -L $d || continue; case $d in /bin|/lib*|/sbin|/home|/opt|/srv) ;; *) mkdir $R$d; mount --rbind $d $R$d;; esac; done",
  // Not merged: folders, and in one of them what /usr has not.
  "for d in lib lib32 lib64 libx32 sbin; do test -d /usr/$d || continue; mkdir $R/$d; mount --bind /usr/$d $R/$d; done",
  "mkdir $R/bin; cp -L /usr/bin/sh /usr/bin/cat $R/bin; printf '#!/bin/sh\\necho from $0\\n' > $R/bin/only-in-bin; chmod 755 $R/bin/only-in-bin",
  // Homes and foreign programs on another disk, as administrators do it.
  "mkdir -p $R/srv/home $R/srv/opt/vendor/bin; mount --rbind /home $R/srv/home; ln -s srv/home $R/home; ln -s srv/opt $R/opt",
  "printf '#!/bin/sh\\necho vendor $0\\n' > $R/srv/opt/vendor/bin/program; chmod 755 $R/srv/opt/vendor/bin/program",
  "mkdir $R/old; cd $R; pivot_root . old; cd /",
  // A language with days of the week alone, as a whole one takes its time.
  "mount -t tmpfs -o mode=755 tmpfs /usr/lib/locale; cd /usr/lib/locale",
  `for c in CTYPE COLLATE MONETARY NUMERIC MESSAGES; do printf 'LC_%s\\ncopy "POSIX"\\nEND LC_%s\\n' $c $c; done > source`,
  `printf 'LC_TIME\\ncopy "de_DE"\\nEND LC_TIME\\n' >> source; localedef -c -i source -f UTF-8 ./days.utf8 2>/dev/null || test -d days.utf8`,
  "mkdir -p /etc/ssl/certs; mount -t tmpfs -o mode=755 tmpfs /etc/ssl/certs",
  `for n in trusted stranger; do ${CERTIFICATE} -subj /CN=$n -out $SCRATCH/$n.pem 2>/dev/null; chmod 644 $SCRATCH/$n.pem; done`,
  "cp $SCRATCH/trusted.pem /etc/ssl/certs/$(openssl x509 -noout -hash -in $SCRATCH/trusted.pem).0",
  "umount -l /old",
].join("\n");

if (process.getuid?.() === 0 && ordinaryAccount().uid !== 0) {
  inOrdinarySession("a host of another layout", (session) => {
    let host: Namespace;
    let tsbox: string;
    before(async () => {
      tsbox = await findTsbox(session());
      host = await openNamespace(session(), HOST);
    });

    async function run(id: string, text: string, argv: readonly string[] = []): Promise<string> {
      await makeApp(session(), id, text);
      const outcome = await host.run([tsbox, "run", id, ...argv]);
      return outcome.stdout + outcome.stderr;
    }
    const outside = async (script: string): Promise<string> => {
      const outcome = await host.run(["sh", "-c", script]);
      return outcome.stdout + outcome.stderr;
    };

    it("whose /usr is not merged has its folders inside too, with what they alone have", async () => {
      const script = "only-in-bin; test -L /bin || echo a folder; ls /usr/bin/only-in-bin 2>/dev/null; echo x 2>/dev/null > /bin/new || echo read-only";
      assert.match(await outside(script), /^from \/bin\/only-in-bin\na folder\n/);
      assert.equal(await run("org.example.Unmerged", "command=sh\n", ["-c", script]), "from /bin/only-in-bin\na folder\nread-only\n");
    });

    it("whose /home is a link gives what is granted by the user's own path, and nothing else of the home", async () => {
      session().write("desk/letter.txt", "dear\n");
      session().write("private.txt", "secret\n");
      const script =
        "cd ~/desk && cat letter.txt && echo answer > answer.txt; cat ~/private.txt 2>/dev/null || echo hidden; echo kept > $XDG_DATA_HOME/own.txt";
      assert.equal(await run("org.example.LinkedHome", "command=sh\n[Context]\nfilesystems=~/desk;\n", ["-c", script]), "dear\nhidden\n");
      assert.equal(session().read("desk/answer.txt"), "answer\n");
      assert.equal(session().read(".var/app/org.example.LinkedHome/data/own.txt"), "kept\n");
    });

    it("whose /home is a link keeps read-only what runs at login, by either path", async () => {
      session().write(".bashrc", "echo hello\n");
      const script = `for f in ~/.bashrc /srv${session().path(".bashrc")}; do echo evil 2>/dev/null >> $f || echo refused; done; echo mine > ~/mine.txt`;
      assert.equal(await run("org.example.WholeHome", "command=sh\n[Context]\nfilesystems=home;\n", ["-c", script]), "refused\nrefused\n");
      assert.equal(session().read(".bashrc"), "echo hello\n");
      assert.equal(session().read("mine.txt"), "mine\n");
    });

    it("whose /opt is a link runs a program of it by that path where it is granted, and not else", async () => {
      const command = "command=/opt/vendor/bin/program\n";
      assert.equal(await run("org.example.LinkedOpt", `${command}[Context]\nfilesystems=/opt/vendor:ro;\n`), "vendor /opt/vendor/bin/program\n");
      assert.match(await run("org.example.NoLinkedOpt", command), /was not found in the sandbox/);
    });

    it("speaks its language", async () => {
      const script = "locale charmap; date -u -d 2026-03-05 +%A";
      session().environment["LANG"] = "days.UTF-8";
      try {
        assert.equal(await outside(script), "UTF-8\nDonnerstag\n");
        assert.equal(await run("org.example.Language", "command=sh\n", ["-c", script]), "UTF-8\nDonnerstag\n");
      } finally {
        delete session().environment["LANG"];
      }
    });

    it("trusts its authorities, and no other", async () => {
      const folder = session().makeFolder(session().path("certificates"));
      for (const name of ["trusted", "stranger"]) await outside(`cp ${session().scratch}/${name}.pem ${folder}`);
      const script = `for n in trusted stranger; do openssl verify ${folder}/$n.pem 2>&1 | tail -1; done; test -e /etc/ssl/private || echo private part hidden`;
      assert.match(await outside(script), /trusted\.pem: OK\n.*stranger\.pem: verification failed\n/);
      assert.match(
        await run("org.example.Trust", "command=sh\n[Context]\nfilesystems=~/certificates:ro;\n", ["-c", script]),
        /trusted\.pem: OK\n.*stranger\.pem: verification failed\nprivate part hidden\n$/,
      );
    });
  });
}
