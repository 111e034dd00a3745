// Texts of `tsbox info`.
import type { MessageTable } from "./message.ts";

export const INFO_MESSAGES: MessageTable = {
  "info.both": { text: "`{one}` and `{other}` each print one thing alone", hint: "give one of them" },
  "info.id": { text: "          ID: {value}" },
  "info.command": { text: "     Command: {value}" },
  "info.no-command": { text: "     Command: none; `run --command=PROGRAM` names one" },
  "info.runtime": { text: "     Runtime: {value}" },
  "info.manifest": { text: "    Manifest: {value}" },
  "info.origin": { text: "      Origin: {value}" },
  "info.program": { text: "     Program: {value}" },
  "info.data": { text: "        Data: {value} ({size})" },
  "info.data-absent": { text: "        Data: {value} (not there yet)" },
  "info.override": { text: "    Override: {value}" },
  "info.limit": { text: "       Limit: {value}" },
  "info.shadowed": { text: "    Shadowed: {value}" },
};
