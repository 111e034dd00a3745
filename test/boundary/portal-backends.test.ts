// Who asks the user: the first backend of the desktop that starts, else a program of the host.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";

inOrdinarySession("the desktop's backends for dialogs", (session) => {
  let app: PortalApp;
  const open = async (): Promise<string> => {
    const { stdout, stderr } = await app.request("FileChooser.OpenFile", "('', 'Title', {'handle_token': <'TOKEN'>})", '--then=cat "$1"');
    return stdout + stderr;
  };
  before(async () => {
    const data = session().path("data");
    for (const name of ["tsboxbroken", "tsboxtest"]) {
      const service = `org.freedesktop.impl.portal.desktop.${name}`;
      session().write(
        `${data}/xdg-desktop-portal/portals/${name}.portal`,
        `[portal]\nDBusName=${service}\nInterfaces=org.freedesktop.impl.portal.FileChooser;\n`,
      );
    }
    const broken = "[D-BUS Service]\nName=org.freedesktop.impl.portal.desktop.tsboxbroken\nExec=/bin/false\n";
    session().write(`${session().scratch}/services/broken.service`, broken);
    await startBareBus(session());
    session().write("private/asked.txt", "a program asked\n");
    session().write("private/backend.txt", "a backend asked\n");
    const zenity = session().write("bin/zenity", `#!/bin/sh\necho ${session().path("private/asked.txt")}\n`, 0o755);
    Object.assign(session().environment, { XDG_DATA_DIRS: `${data}:/usr/share`, DISPLAY: ":987", PATH: `${dirname(zenity)}:/usr/bin:/bin` });
    app = await makePortalApp(session(), "org.example.Asking");
  });

  it("one that is installed and cannot be started is passed over, and a program asks", async () => {
    assert.match(await open(), /Response \(uint32 0[\s\S]*\na program asked\n/);
  });

  it("the next one that starts asks, before any program", async () => {
    const words = ["/usr/bin/python3", serverScript(session(), "file_chooser_backend.py"), session().path("private/backend.txt")] as const;
    const backend = session().start(words, { limit: SERVER_LIFE });
    await waitFor("the backend", () => backend.stdout().startsWith("ready"));
    assert.match(await open(), /Response \(uint32 0[\s\S]*\na backend asked\n/);
  });
});
