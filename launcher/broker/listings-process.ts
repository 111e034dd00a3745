// The process of listings.ts, `node listings.cjs --build=DIR` with descriptor 3 to the broker: reads lines that only look by the commands of the command line, and
// answers with what those would print. With a line behind it, as in the training run, it answers that line to nobody.
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { type Addon, loadAddon } from "../../native/addon.ts";
import { openFrameStream } from "../../native/frame-stream.ts";
import { listingCommands } from "../cli/listing-commands.ts";
import { parseCommandLine } from "../cli/program.ts";
import { findRuntimeDirectory } from "../cli/runtime-directory.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderProblems } from "../messages/render.ts";
import { LISTING_FRAME, type ListingAnswer, type ListingQuestion, type ListingReply } from "./listings.ts";

const BROKER = 3;
/** What the broker holds until the front has read it. */
const MOST_CHARACTERS = 1024 * 1024;

type Asked = Omit<ListingQuestion, "number">;

async function answer(asked: Asked, build: string, addon: Addon): Promise<ListingAnswer | null> {
  const line = parseCommandLine(
    asked.argv,
    listingCommands(() => join(build, "../manifests")),
  );
  if (line.kind !== "command" || line.command.onlyLooks?.(line.invocation) !== true) return null;
  const environment = new Map(asked.environment);
  const outcome = await line.command.answer(line.invocation, {
    environment,
    workingDirectory: asked.workingDirectory,
    stdoutIsTerminal: asked.stdoutIsTerminal,
    runtimeDirectory: findRuntimeDirectory(environment.get("XDG_RUNTIME_DIR")),
    addon: () => addon,
  });
  const errors = renderProblems(outcome.problems, MESSAGES);
  return errors.length + outcome.output.length > MOST_CHARACTERS ? null : { status: outcome.status, output: outcome.output, errors };
}

function serve(build: string, addon: Addon): void {
  const stream = openFrameStream(addon, BROKER, {
    frame: ({ payload }) => {
      const question = JSON.parse(Buffer.from(payload).toString("utf8")) as ListingQuestion;
      const reply = (found: ListingAnswer | null): void => {
        stream.send(LISTING_FRAME, Buffer.from(JSON.stringify({ number: question.number, answer: found } satisfies ListingReply)));
      };
      // A surprise is told by the command line, which meets it too.
      answer(question, build, addon).then(reply, () => reply(null));
    },
    // Nobody asks any more, or the broker is gone.
    end: () => process.exit(0),
  });
}

function main([first = "", ...words]: readonly string[]): void {
  const build = first.slice("--build=".length);
  const addon = loadAddon(join(build, "tsbox.node"));
  if (words.length === 0) serve(build, addon);
  else
    void answer({ argv: words, workingDirectory: "/", environment: Object.entries(process.env) as [string, string][], stdoutIsTerminal: false }, build, addon);
}

main(process.argv.slice(2));
