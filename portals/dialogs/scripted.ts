// Answers from a file that the user named when he started the app (`TSBOX_DIALOGS=scripted:/path`): for tests and machines without a user.
import { readFileSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import type { Dialogs } from "./dialogs.ts";
import { neighboursOf } from "./neighbours.ts";

const PREFIX = "scripted:";

interface Script {
  readonly confirm?: "yes" | "no";
  /** Null: the user picks none. */
  readonly files?: readonly string[] | null;
  /** `read` or `write`: the files beside the picked ones are given too. */
  readonly neighbours?: string;
  readonly choose?: string | null;
}

/** Read anew for each question; what it does not answer is refused. */
export async function scriptedDialogs({ origin }: PortalInstance): Promise<Dialogs | undefined> {
  const setting = origin.environment["TSBOX_DIALOGS"] ?? "";
  if (!setting.startsWith(PREFIX)) return undefined;
  const read = (): Script => {
    try {
      return JSON.parse(readFileSync(setting.slice(PREFIX.length), "utf8")) as Script;
    } catch {
      return {};
    }
  };
  return {
    driver: "scripted",
    confirm: async () => (read().confirm === "yes" ? "yes" : "no"),
    pickFiles: async ({ neighbours: offer }) => {
      const { files, neighbours } = read();
      return files === undefined || files === null ? null : { paths: files, ...neighboursOf(offer, neighbours) };
    },
    choose: async ({ choices }) => choices.find(({ id }) => id === read().choose)?.id ?? null,
  };
}
