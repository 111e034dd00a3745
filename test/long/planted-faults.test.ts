// Whether the comparison with xdg-dbus-proxy finds what it is there for: a build with one planted fault each must fail it, the same build without must pass.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { startProcess } from "../support/process.ts";
import { PLANTED_FAULTS, type PlantedFault } from "./planted-faults.ts";
import { writeReportLine } from "./report.ts";

const LIMIT = 280_000;
const SCRIPTS = "500";

describe("the comparison with xdg-dbus-proxy", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-planted-"));
  before(() => {
    // Compiled files, not the bundle: they are as they were written.
    mkdirSync(join(folder, "native"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    for (const part of ["dbus-proxy", "native"]) cpSync(`build/js/${part}`, join(folder, part), { recursive: true });
    // Whoever measures coverage leaves one in the place that was copied.
    const beside = join(folder, "dbus-proxy/tsbox.node");
    rmSync(beside, { force: true });
    symlinkSync(resolve("build/tsbox.node"), beside);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const compare = async () =>
    startProcess([process.execPath, "--test", resolve("build/js/test/differential/dbus-proxy.test.js")], {
      environment: {
        PATH: process.env["PATH"] ?? "/usr/bin:/bin",
        TSBOX_DIFFERENTIAL_PROXY: join(folder, "dbus-proxy/command.js"),
        TSBOX_DIFFERENTIAL_SCRIPTS: SCRIPTS,
      },
      cwd: process.cwd(),
      limit: LIMIT,
    }).ended;

  it("passes this build", { timeout: LIMIT }, async () => {
    const { status, stdout } = await compare();
    assert.equal(status, 0, stdout);
  });

  for (const fault of PLANTED_FAULTS) {
    it(`finds that ${fault.what}`, { timeout: LIMIT }, async () => {
      const undo = plant(join(folder, "dbus-proxy", fault.file), fault);
      const { status, stdout } = await compare();
      undo();
      assert.equal(status, 1, stdout);
      assert.match(stdout, /"more": \[\s*"|"ours"/);
      writeReportLine("planted-faults", fault.what, `found by ${SCRIPTS} scripts of each kind`);
    });
  }
});

function plant(file: string, { from, to }: PlantedFault): () => void {
  const whole = readFileSync(file, "utf8");
  assert.equal(whole.split(from).length, 2, `${file} does not hold just once: ${from}`);
  writeFileSync(file, whole.replace(from, to));
  return () => writeFileSync(file, whole);
}
