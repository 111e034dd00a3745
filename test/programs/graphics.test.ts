// Drawing by the host's own libraries: OpenGL, EGL and Vulkan inside name the same drivers as outside; without a graphics card, those in software.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { type App, expectSuccess, makeApp } from "../support/sandbox.ts";
import { startXvfb } from "../support/xvfb.ts";

const SOFTWARE = { LIBGL_ALWAYS_SOFTWARE: "1" };

inOrdinarySession("drawing inside", (session) => {
  let app: App;
  before(async () => {
    await startXvfb(session());
    app = await makeApp(session(), "org.example.Draws", "command=sh\n[Context]\nshared=ipc;\nsockets=x11;\ndevices=dri;\n");
  });

  /** The same command outside and inside, and what both must tell. */
  async function same(script: string, wanted: RegExp): Promise<string> {
    const outside = expectSuccess(await session().run(["sh", "-c", script], { environment: SOFTWARE }));
    assert.match(outside, wanted, "outside");
    const inside = await app.run(["-c", script], { environment: SOFTWARE, limit: 30_000 });
    assert.equal(inside.stdout, outside, inside.stderr);
    return outside;
  }

  it("by OpenGL has the host's driver and version", async () => {
    await same(
      "glxinfo -B 2>/dev/null | grep -E 'OpenGL (vendor|renderer|version|core profile version)|direct rendering'",
      /direct rendering: Yes\n[\s\S]*OpenGL renderer string: llvmpipe/,
    );
  });

  it("by EGL has the host's vendors and platforms", async () => {
    await same("eglinfo -B 2>/dev/null | grep -E 'platform:|EGL vendor|EGL version|client APIs|driver name'", /X11 platform:\n[\s\S]*driver name: swrast/);
  });

  it("by Vulkan finds the host's devices and layers", async () => {
    await same("vulkaninfo --summary 2>/dev/null | grep -E 'deviceName|driverName|driverInfo|apiVersion|VK_LAYER'", /deviceName +=.*llvmpipe/);
  });

  it("finds the files of the drivers for decoding video", async () => {
    await same("ls /usr/lib/*/dri /usr/lib/*/vdpau 2>/dev/null; cat /etc/libva.conf 2>/dev/null; true", /swrast_dri\.so/);
  });
});
