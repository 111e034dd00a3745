// The packages that `npm run dist` makes, on a Debian without Node and compiler: installed, an ordinary user runs a program in its sandbox.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { allCommands } from "../../launcher/cli/commands.ts";
import { renderManPages } from "../../launcher/cli/pages/man-page.ts";
import { renderSchemas } from "../../launcher/cli/pages/schemas.ts";
import { VERSION } from "../../launcher/cli/version.ts";
import { installPackages } from "../support/packages.ts";

const folder = mkdtempSync("/var/tmp/tsbox-dist-");
const tree = join(folder, "tree");
/** A root of its own, not a chroot: in one no user namespace can be made. */
const ENTER = `set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mkdir -p "$1/proc" "$1/sys" "$1/dev" "$1/old"
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
mount --rbind /dev "$1/dev"
cd "$1"
pivot_root . old
umount -l /old
shift
exec "$@"`;

function inside(...argv: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync("unshare", ["--mount", "--pid", "--fork", "sh", "-c", ENTER, "sh", tree, ...argv], {
    encoding: "utf8",
    timeout: 120_000,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
}

function asUser(script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return inside("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "env", "-i", "HOME=/home/user", "PATH=/usr/bin:/bin", "sh", "-c", `cd; ${script}`);
}

function made(ending: string): string {
  const name = readdirSync("build/dist").find((one) => one.endsWith(ending));
  assert.ok(name !== undefined, ending);
  return join("build/dist", name);
}

before(
  () => {
    assert.equal(process.getuid?.(), 0, "making a tree of another Debian needs root");
    installPackages(["debootstrap"]);
    execFileSync(process.execPath, ["bin/dist.mjs"], { stdio: ["ignore", "ignore", "inherit"] });
    execFileSync("debootstrap", ["--variant=minbase", "bookworm", tree], { stdio: ["ignore", "ignore", "inherit"] });
    mkdirSync(join(tree, "home/user"), { recursive: true });
    execFileSync("chown", ["1000:1000", join(tree, "home/user")]);
    writeFileSync(join(tree, "etc/passwd"), `${readFileSync(join(tree, "etc/passwd"), "utf8")}user:x:1000:1000::/home/user:/bin/sh\n`);
    copyFileSync(made(".deb"), join(tree, "tsbox.deb"));
    mkdirSync(join(tree, "opt/tsbox"), { recursive: true });
    execFileSync("tar", ["-xzf", made(".tar.gz"), "--strip-components=1", "-C", join(tree, "opt/tsbox")]);
  },
  { timeout: 900_000 },
);
after(() => rmSync(folder, { recursive: true, force: true }));

const MANIFEST =
  "mkdir -p .local/share/tsbox/manifests granted && echo seen > granted/file && echo hidden > secret && printf '[Application]\\nname=org.example.App\\ncommand=sh\\n[Context]\\nfilesystems=~/granted:ro;\\n' > .local/share/tsbox/manifests/org.example.App.ini";
const LOOK = "cat ~/granted/file; cat ~/secret 2>/dev/null || echo refused; echo $FLATPAK_ID";

test("there is neither Node nor a compiler in the tree", () => {
  for (const program of ["node", "cc", "gcc", "make"]) assert.ok(!existsSync(join(tree, "usr/bin", program)), program);
});

test("the tarball runs from where it was unpacked, before any package is installed", () => {
  const ran = asUser(`${MANIFEST} && /opt/tsbox/bin/tsbox run org.example.App -c '${LOOK}'`);
  assert.equal(ran.stdout, "seen\nrefused\norg.example.App\n", ran.stderr);
  assert.equal(asUser("/opt/tsbox/bin/tsbox --version").status, 0);
});

test("the Debian package installs, an ordinary user runs a program, and the user's files that nobody granted are not there", () => {
  const installed = inside("dpkg", "-i", "/tsbox.deb");
  assert.equal(installed.status, 0, installed.stderr);
  const ran = asUser(`${MANIFEST} && tsbox run org.example.App -c '${LOOK}'`);
  assert.equal(ran.stdout, "seen\nrefused\norg.example.App\n", ran.stderr);
  assert.match(asUser("tsbox list").stdout, /org\.gnome\.Calculator/, "the catalogue");
  assert.equal(asUser("tsbox-bwrap --ro-bind / / true").status, 0);
  assert.match(asUser("tsbox-dbus-proxy --help 2>&1").stdout, /proxy|usage/i);
});

test("pages and completions lie where shells and man look", () => {
  for (const path of [
    "man/man1/tsbox.1.gz",
    "man/man1/tsbox-run.1.gz",
    "man/man5/tsbox-manifest.5.gz",
    "tsbox/schemas/tsbox-manifest.schema.json",
    "tsbox/schemas/tsbox-list.schema.json",
    "bash-completion/completions/tsbox",
    "zsh/vendor-completions/_tsbox",
    "fish/vendor_completions.d/tsbox.fish",
  ])
    assert.ok(existsSync(join(tree, "usr/share", path)), path);
});

test("pages and schemas are what the commands and readers of this source say", () => {
  const commands = allCommands(() => "");
  const share = join(tree, "usr/share");
  for (const [name, text] of renderManPages(commands, VERSION))
    assert.equal(gunzipSync(readFileSync(join(share, `man/man${name.at(-1)}`, `${name}.gz`))).toString(), text, name);
  const schemas = renderSchemas(commands);
  assert.deepEqual(readdirSync(join(share, "tsbox/schemas")).sort(), [...schemas.keys()].sort());
  for (const [name, text] of schemas) assert.equal(readFileSync(join(share, "tsbox/schemas", name), "utf8"), text, name);
});

test("removed, nothing of it is left", () => {
  assert.equal(inside("dpkg", "--purge", "tsbox").status, 0);
  assert.ok(!existsSync(join(tree, "usr/libexec/tsbox")));
  assert.ok(!existsSync(join(tree, "usr/bin/tsbox")));
});
