// Programs wherever they lie: /opt, /usr/local, ~/.local, /nix/store, behind links of /home and /opt, and an AppImage without FUSE. In a host made so.
import assert from "node:assert/strict";
import { existsSync, rmdirSync } from "node:fs";
import { before, it } from "node:test";
import { ordinaryAccount } from "../support/account.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Namespace, openNamespace } from "../support/namespace.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";

/** A program that says where it lies, and finds a file beside it. */
const PROGRAM = "#!/bin/sh\\necho from $0; cat $(dirname $0)/../share/word\\n";

function place(root: string): string {
  return `mkdir -p ${root}/bin ${root}/share; printf '${PROGRAM}' > ${root}/bin/program; echo beside ${root} > ${root}/share/word; chmod 755 ${root}/bin/program`;
}

/** What an AppImage's runtime does with --appimage-extract-and-run, in sh: unpacks the squashfs behind itself below TMPDIR and runs what it unpacked. */
const APP_IMAGE = [
  "#!/bin/sh",
  'test "$1" = --appimage-extract-and-run || { echo "fuse: device not found" >&2; exit 127; }',
  "shift",
  "folder=$(mktemp -d)",
  "unsquashfs -q -n -f -o 4096 -d $folder $0 > /dev/null",
  'APPDIR=$folder APPIMAGE=$0 exec $folder/AppRun "$@"',
  "exit",
].join("\\n");

const HOST = [
  "mount -t tmpfs -o mode=755 tmpfs /opt",
  place("/opt/vendor/tool"),
  // /opt/linked is somewhere else, as on hosts whose /opt is small.
  "mkdir -p /opt/real && ln -s /opt/real /opt/linked",
  place("/opt/real/tool"),
  "mount -t tmpfs -o mode=755 tmpfs /usr/local",
  place("/usr/local"),
  "mkdir -p /nix && mount -t tmpfs -o mode=755 tmpfs /nix",
  place("/nix/store/0abc-tool-1.0"),
  `mkdir /opt/image; cd /opt/image; printf '#!/bin/sh\\necho image $1 in $APPDIR; cat $APPDIR/word\\n' > AppRun; echo packed > word; chmod 755 AppRun; printf '${APP_IMAGE}\\n' > /opt/Tool.AppImage; truncate -s 4096 /opt/Tool.AppImage; mksquashfs AppRun word /opt/image.squashfs -quiet -no-progress > /dev/null; cat /opt/image.squashfs >> /opt/Tool.AppImage; chmod 755 /opt/Tool.AppImage`,
].join("\n");

if (process.getuid?.() === 0 && ordinaryAccount().uid !== 0) {
  inOrdinarySession("a program", (session) => {
    let host: Namespace;
    let tsbox: string;
    before(async () => {
      tsbox = await findTsbox(session());
      if (!existsSync("/nix")) session().onClose(() => rmdirSync("/nix"));
      host = await openNamespace(session(), HOST);
    });

    async function run(id: string, text: string, ...argv: readonly string[]): Promise<string> {
      await makeApp(session(), id, text);
      const outcome = await host.run([tsbox, "run", id, ...argv]);
      return outcome.stdout + outcome.stderr;
    }

    it("in a folder of /opt runs with that folder granted for reading, and not without", async () => {
      const command = "command=/opt/vendor/tool/bin/program\n";
      assert.equal(
        await run("org.example.Opt", `${command}[Context]\nfilesystems=/opt/vendor/tool:ro;\n`),
        "from /opt/vendor/tool/bin/program\nbeside /opt/vendor/tool\n",
      );
      assert.match(await run("org.example.NoOpt", command), /was not found in the sandbox/);
    });

    it("behind a link in /opt runs by the link's name", async () => {
      const context = "[Context]\nfilesystems=/opt/linked/tool:ro;\n";
      assert.match(
        await run("org.example.Linked", `command=/opt/linked/tool/bin/program\n${context}`),
        /^from \/opt\/linked\/tool\/bin\/program\nbeside \/opt\/real\/tool\n$/,
      );
    });

    it("of /usr/local is found by its name where /usr/local is granted", async () => {
      assert.equal(
        await run("org.example.Local", "command=program\n[Context]\nfilesystems=/usr/local:ro;\n"),
        "from /usr/local/bin/program\nbeside /usr/local\n",
      );
      assert.match(await run("org.example.NoLocal", "command=program\n"), /was not found in the sandbox/);
    });

    it("of the user's ~/.local runs with its folder granted for reading", async () => {
      session().write(".local/tool/bin/program", PROGRAM.replaceAll("\\n", "\n"), 0o755);
      session().write(".local/tool/share/word", "beside home\n");
      const path = session().path(".local/tool/bin/program");
      assert.equal(await run("org.example.DotLocal", `command=${path}\n[Context]\nfilesystems=~/.local/tool:ro;\n`), `from ${path}\nbeside home\n`);
    });

    it("of /nix/store runs with the store granted for reading", async () => {
      const path = "/nix/store/0abc-tool-1.0/bin/program";
      assert.equal(await run("org.example.Nix", `command=${path}\n[Context]\nfilesystems=/nix/store:ro;\n`), `from ${path}\nbeside /nix/store/0abc-tool-1.0\n`);
    });

    it("that is an AppImage runs by unpacking itself, as there is no FUSE inside", async () => {
      const text = "command=/opt/Tool.AppImage\n[Context]\nfilesystems=/opt/Tool.AppImage:ro;\n";
      assert.match(await run("org.example.AppImage", text, "--appimage-extract-and-run", "word"), /^image word in \/tmp\/\S+\npacked\n$/);
      assert.match(await run("org.example.AppImage", text), /fuse: device not found/);
    });
  });
}
