// The boundary's tests on Debian's own kernel, in a virtual machine whose root is this machine's, read-only, with a layer in memory on top. Emulated where there is
// no /dev/kvm. What an older kernel cannot give is refused by tsbox, not weakened: those tests are listed with the reason.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { describeTold, plainConsole, readConsole } from "./guest-console.ts";
import { writeReportLine } from "./report.ts";

const FOLDER = resolve("build/kernels");
/** What the guest says, as it comes. */
const CONSOLE = join(FOLDER, "console.txt");
/** Seconds for all files together, under emulation. */
const LIMIT = Number(process.env["TSBOX_KERNEL_SECONDS"] ?? 5400);
/** Files of test/boundary, in their order; under emulation one takes minutes. */
const FILES = (process.env["TSBOX_KERNEL_FILES"] ?? "system-calls landlock isolation").split(" ");
/** What the guest needs to see this machine's files, with all that these depend on. */
const MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];

/** Debian's kernel of the stable release, unpacked and not installed. */
function fetchKernel(): { readonly image: string; readonly modules: string; readonly release: string } {
  mkdirSync(FOLDER, { recursive: true });
  const unpacked = join(FOLDER, "x");
  if (!existsSync(join(unpacked, "boot"))) {
    const depends = execFileSync("apt-cache", ["depends", `linux-image-${process.arch === "x64" ? "amd64" : "arm64"}`], { encoding: "utf8" });
    const name = /Depends: (linux-image-\d\S+)/.exec(depends)?.[1];
    assert.ok(name !== undefined, depends);
    execFileSync("apt-get", ["download", name], { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] });
    const archive = readdirSync(FOLDER).find((file) => file.endsWith(".deb"));
    execFileSync("dpkg-deb", ["-x", join(FOLDER, archive ?? ""), unpacked], { stdio: ["ignore", "ignore", "inherit"] });
  }
  const image = readdirSync(join(unpacked, "boot")).find((file) => file.startsWith("vmlinuz-")) ?? "";
  const release = image.slice("vmlinuz-".length);
  return { image: join(unpacked, "boot", image), modules: join(unpacked, "lib/modules", release), release };
}

function makeInitramfs(modules: string): string {
  const root = join(FOLDER, "initramfs");
  rmSync(root, { recursive: true, force: true });
  for (const folder of ["bin", "mods", "new", "lower", "rw"]) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  copyFileSync("test/long/guest/init", join(root, "init"));
  copyFileSync("test/long/guest/main", join(root, "guest-main"));
  for (const path of ["init", "bin/busybox"]) chmodSync(join(root, path), 0o755);
  const found = execFileSync("find", [modules, "-name", "*.ko"], { encoding: "utf8" }).split("\n");
  // Each after what it depends on, as the module itself says: that differs between two kernels of one release. What is built in has no file.
  const order = new Set<string>();
  const add = (name: string): void => {
    const file = found.find((path) => path.endsWith(`/${name}.ko`));
    if (file === undefined || order.has(name)) return;
    const depends = /\0depends=([^\0]*)\0/.exec(readFileSync(file, "latin1"))?.[1] ?? "";
    for (const one of depends.split(",").filter((text) => text !== "")) add(one);
    copyFileSync(file, join(root, "mods", `${name}.ko`));
    order.add(name);
  };
  for (const name of MODULES) add(name);
  writeFileSync(join(root, "mods/order"), [...order].map((name) => `${name}.ko\n`).join(""));
  const archive = join(FOLDER, "initramfs.cpio");
  execFileSync("sh", ["-c", 'cd "$1" && find . | busybox cpio -o -H newc > "$2" 2>/dev/null', "sh", root, archive]);
  return archive;
}

/** The guest's console, from its start to its end. */
function runGuest(image: string, initramfs: string, files: readonly string[]): Promise<string> {
  // An emulated machine's time is what its processor has done, not ours: no limit in it passes while this machine is busy with something else.
  const processor = existsSync("/dev/kvm") ? ["-accel", "kvm", "-smp", "2"] : ["-accel", "tcg,thread=single", "-icount", "shift=1", "-smp", "1"];
  const share = ["-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap", "-device", "virtio-9p-pci,fsdev=host,mount_tag=host"];
  const machine = ["-machine", "q35", ...processor, "-cpu", "max", "-m", "3072", "-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio"];
  // On a busy machine an emulated timer is late for the kernel's check of it.
  const line = `console=ttyS0 quiet panic=-1 no_timer_check place=${resolve(".")} tests=${files.join(",")}`;
  writeFileSync(CONSOLE, "");
  const child = spawn("qemu-system-x86_64", [...machine, "-kernel", image, "-initrd", initramfs, ...share, "-append", line], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    appendFileSync(CONSOLE, more);
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT * 1000);
  return new Promise((done) =>
    child.on("close", () => {
      clearTimeout(limit);
      done(plainConsole(text));
    }),
  );
}

test("the boundary holds on Debian's kernel", { timeout: (LIMIT + 600) * 1000 }, async (context) => {
  if (process.arch !== "x64" || process.getuid?.() !== 0) return;
  const { image, modules, release } = fetchKernel();
  const said = await runGuest(image, makeInitramfs(modules), FILES);
  assert.match(said, new RegExp(`GUEST ${release.replaceAll(".", "\\.")} `), said.slice(-3000));
  const told = readConsole(said);
  const missing = FILES.filter((file) => !told.some((one) => one.file === file));
  for (const one of told) {
    writeReportLine("kernels", `${release} ${one.file}`, describeTold(one));
    context.diagnostic(`${one.file}: ${describeTold(one)}`);
  }
  if (missing.length > 0) context.diagnostic(`not come to the end of in ${LIMIT} s: ${missing.join(" ")}`);
  // A guest that came to its end has told of all; one that was ended by the limit, of the first at least.
  assert.ok(told.length > 0 && (missing.length === 0 || !/^GUEST-END/m.test(said)), said.slice(-3000));
  for (const { file, pass, tests, failed } of told) {
    assert.ok(pass > 0 && pass + failed.length === tests, `${file}: ${pass} of ${tests} pass, ${failed.length} fail`);
    assert.deepEqual(
      failed.filter(({ reason }) => reason === undefined),
      [],
      file,
    );
  }
});
