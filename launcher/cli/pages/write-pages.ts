// Writes man pages, JSON schemas and completion scripts into a folder, when a package is made: `node build/pages.cjs FOLDER`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { allCommands } from "../commands.ts";
import { VERSION } from "../version.ts";
import { renderCompletion } from "./completion.ts";
import { renderManPages } from "./man-page.ts";
import { renderSchemas } from "./schemas.ts";
import { makeFolders } from "../../../native/make-folders.ts";

const PLACES = { bash: "bash-completion/completions/tsbox", zsh: "zsh/vendor-completions/_tsbox", fish: "fish/vendor_completions.d/tsbox.fish" } as const;

function put(path: string, text: string): void {
  makeFolders(join(path, ".."), 0o777);
  writeFileSync(path, text);
}

function main(folder: string): void {
  const commands = allCommands(() => "");
  for (const [name, text] of renderManPages(commands, VERSION)) put(join(folder, `man/man${name.at(-1)}`, name), text);
  for (const [name, text] of renderSchemas(commands)) put(join(folder, "tsbox/schemas", name), text);
  for (const shell of ["bash", "zsh", "fish"] as const) put(join(folder, PLACES[shell]), renderCompletion(shell, commands));
}

main(process.argv[2] as string);
