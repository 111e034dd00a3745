// `npm run dist`: a Debian package and a tarball in build/dist/, each with a Node of its own. Whoever installs one needs neither Node nor a compiler.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const build = join(root, "build");
const out = join(build, "dist");
const { version, description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };
const architecture = ARCHITECTURES[process.arch];

/** AppArmor's rule is of use only where that restricts user namespaces, and older parsers do not know its words. */
const SCRIPTS = {
  postinst: `#!/bin/sh
set -e
if [ "$1" = configure ] && [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ] && command -v apparmor_parser >/dev/null; then
  install -m 0644 /usr/libexec/tsbox/native/apparmor/tsbox /etc/apparmor.d/tsbox
  apparmor_parser -r /etc/apparmor.d/tsbox || echo "tsbox: AppArmor does not take /etc/apparmor.d/tsbox; see \\\`tsbox doctor\\\`" >&2
fi
`,
  prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -e /etc/apparmor.d/tsbox ]; then
  apparmor_parser -R /etc/apparmor.d/tsbox 2>/dev/null || true
  rm -f /etc/apparmor.d/tsbox
fi
`,
};

if (architecture === undefined) stop(`no package is made on a ${process.arch} machine: x64 or arm64`);
run(process.execPath, [join(root, "native/build.mjs")]);
run(process.execPath, [join(root, "launcher/bundle.mjs")]);
rmSync(out, { recursive: true, force: true });
const tree = join(out, "tree");
layOut(tree);
const packed = [tarball(tree), debian(tree)].filter((file) => file !== undefined);
rmSync(tree, { recursive: true });
for (const file of packed) console.log(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);

/** The folders below `/usr`, or below a prefix of the user's choice: everything in them is found from the program's own place. */
function layOut(prefix) {
  const home = join(prefix, "libexec/tsbox");
  for (const folder of ["bin", "build", "native"]) mkdirSync(join(home, folder), { recursive: true });
  for (const name of readdirSync(build))
    if (/\.(?:cjs|cache)$|^package\.json$|^tsbox\.node$/.test(name) && !/^(?:train|pages)\.cjs$/.test(name)) put(join(build, name), join(home, "build", name));
  put(join(build, "tsbox"), join(home, "bin/tsbox"), 0o755);
  symlinkSync("tsbox", join(home, "bin/tsbox-bwrap"));
  put(join(root, "bin/tsbox-dbus-proxy"), join(home, "bin/tsbox-dbus-proxy"), 0o755);
  // Some parts look for the program beside the bundles.
  symlinkSync("../bin/tsbox", join(home, "build/tsbox"));
  put(realpathSync(process.execPath), join(home, "build/node-runtime"), 0o755);
  spawnSync("strip", ["--strip-debug", join(home, "build/node-runtime")]);
  writeFileSync(join(home, "build/node"), "node-runtime\n");
  cpSync(join(root, "manifests"), join(home, "manifests"), { recursive: true, filter: (path) => !/\.(?:c|h|mjs|png)$|\.gitignore$/.test(path) });
  cpSync(join(root, "native/apparmor"), join(home, "native/apparmor"), { recursive: true });
  mkdirSync(join(prefix, "bin"), { recursive: true });
  for (const name of ["tsbox", "tsbox-bwrap", "tsbox-dbus-proxy"]) symlinkSync(`../libexec/tsbox/bin/${name}`, join(prefix, "bin", name));
  run(process.execPath, [join(build, "pages.cjs"), join(prefix, "share")]);
  for (const section of ["man1", "man5"])
    for (const name of readdirSync(join(prefix, "share/man", section))) compress(join(prefix, "share/man", section, name));
  mkdirSync(join(prefix, "share/doc/tsbox"), { recursive: true });
  for (const name of ["README.md", "SECURITY.md", "ARCHITECTURE.md"]) put(join(root, name), join(prefix, "share/doc/tsbox", name));
  writeFileSync(
    join(prefix, "share/doc/tsbox/copyright"),
    `${readFileSync(join(root, "LICENSE"), "utf8")}\nThe bundled Node.js has a licence of its own: https://github.com/nodejs/node/blob/main/LICENSE\n`,
  );
}

function put(from, to, mode = 0o644) {
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function compress(path) {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  rmSync(path);
}

function tarball(prefix) {
  const name = `tsbox-${version}-linux-${architecture}`;
  const file = join(out, `${name}.tar.gz`);
  renameSync(prefix, join(out, name));
  try {
    run("tar", ["--owner=0", "--group=0", "--numeric-owner", "--sort=name", "-C", out, "-czf", file, name]);
  } finally {
    renameSync(join(out, name), prefix);
  }
  return file;
}

function debian(prefix) {
  if (spawnSync("dpkg-deb", ["--version"]).status !== 0) {
    console.error("tsbox: dpkg-deb is not here: no Debian package is made");
    return undefined;
  }
  const stage = join(out, "stage");
  mkdirSync(join(stage, "DEBIAN"), { recursive: true });
  renameSync(prefix, join(stage, "usr"));
  const kilobytes = Math.ceil(Number(spawnSync("du", ["-sk", join(stage, "usr")], { encoding: "utf8" }).stdout.split("\t")[0]));
  const control = {
    Package: "tsbox",
    Version: version,
    Architecture: architecture,
    Maintainer: "tsbox <tsbox@localhost>",
    "Installed-Size": String(kilobytes),
    Depends: "libc6 (>= 2.31), libstdc++6 (>= 10), libgcc-s1",
    Recommends: "xdg-desktop-portal, desktop-file-utils",
    Section: "utils",
    Priority: "optional",
    Description: `${description}\n Reads Flatpak's permission manifests, builds an unprivileged sandbox for programs that are\n installed already, and filters their D-Bus connections.`,
  };
  writeFileSync(
    join(stage, "DEBIAN/control"),
    Object.entries(control)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(""),
  );
  for (const script of ["postinst", "prerm"]) {
    writeFileSync(join(stage, "DEBIAN", script), SCRIPTS[script]);
    chmodSync(join(stage, "DEBIAN", script), 0o755);
  }
  const file = join(out, `tsbox_${version}_${architecture}.deb`);
  try {
    run("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", stage, file]);
  } finally {
    renameSync(join(stage, "usr"), prefix);
    rmSync(stage, { recursive: true });
  }
  return file;
}

function run(program, argv) {
  const result = spawnSync(program, argv, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) stop(`\`${program} ${argv.join(" ")}\` failed`);
}

function stop(text) {
  console.error(`tsbox: ${text}`);
  process.exit(1);
}
