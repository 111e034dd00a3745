// `tsbox accept APP`: gives an app what its manifest asks for by now, beyond what was accepted before.
import { appOf, findManifestAsWritten, gainsOf, keepAccepted, ownerOf, readAccepted } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { type Command, refuse } from "./command.ts";
import { renderGains } from "./gains-output.ts";
import { readViewer } from "./known-app.ts";

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function acceptCommand(catalogue: () => string): Command {
  return {
    name: "accept",
    summary: "give an app what its manifest asks for by now",
    positionals: "<APP>",
    options: [],
    optionsFirst: false,
    details: [
      "A manifest that was installed, or that others put on this machine, is given what it asked for at its first start; what it asks for later waits for this command.",
      "`tsbox diff` compares two manifests without accepting anything.",
    ],
    answeredByBroker: false,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const { places, request } = viewer.value;
      const found = findManifestAsWritten(invocation.positionals[0] as string, request.cwd, places);
      if (!found.ok) return refuse(...found.problems);
      const { manifest } = found.value;
      const app = appOf(manifest);
      const owner = ownerOf(manifest, places);
      const accepted = readAccepted(places, app);
      const say = (key: string): string => renderText(key, { app }, MESSAGES);
      if (accepted === "absent" && owner !== "system" && owner !== "catalogue") return { status: 0, output: say("accept.needs-no"), problems: [] };
      // One that cannot be read says nothing about what was accepted: all is new.
      const older = accepted !== "absent" && accepted.ok ? accepted.value : { ...manifest.layer, entries: [] };
      const gains = gainsOf(older, manifest.layer);
      const problem = keepAccepted(places, manifest);
      if (problem !== null) return refuse(problem);
      const isNothing = gains.granted.length + gains.undenied.length === 0;
      return { status: 0, output: isNothing ? say("accept.nothing") : say("accept.done") + renderGains(gains), problems: [] };
    },
  };
}
