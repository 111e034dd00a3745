// Makes native/messages-table.c: the texts of the front in each language, as C has them. Pure. It is kept beside the C sources, since whoever builds these has no TypeScript
// at hand; a test holds that it says what the catalogue says.
import { FRONT_MESSAGES } from "./front.ts";
import { FRONT_MESSAGES_ZH, FRONT_PHRASES_ZH } from "./zh_CN/front.ts";
import { SYSTEM_PHRASES_ZH } from "./zh_CN/phrases-system.ts";
import type { MessageText } from "./message.ts";

/** `errors`: names of errors, and Node's words for them. */
export function renderFrontTable(errors: Iterable<readonly [string, string]>): string {
  const texts = Object.entries(FRONT_MESSAGES).map(([key, english]) => `  {"${key}", ${inC(english)},\n    ${inC(FRONT_MESSAGES_ZH[key] ?? english)}},`);
  const phrases = Object.entries(FRONT_PHRASES_ZH).map(([english, chinese]) => `  {${word(english)}, ${word(chinese)}},`);
  const answers = [...errors].flatMap(([name, english]) => {
    const chinese = SYSTEM_PHRASES_ZH[english];
    return chinese === undefined || !/^E[A-Z0-9]+$/.test(name) ? [] : [`  {${name}, ${word(chinese)}},`];
  });
  return `// Made of launcher/messages (front-table.ts) by \`TSBOX_UPDATE_GOLDEN=1 npm run check\`. Do not edit.
#include "messages.h"

#include <errno.h>
#include <stddef.h>

const struct text MESSAGE_TEXTS[] = {
${texts.join("\n")}
  {NULL, {NULL, NULL}, {NULL, NULL}},
};

const struct phrase MESSAGE_PHRASES[] = {
${phrases.join("\n")}
  {NULL, NULL},
};

const struct answer MESSAGE_ANSWERS[] = {
${answers.sort().join("\n")}
  {0, NULL},
};
`;
}

function inC({ text, hint }: MessageText): string {
  return `{${word(text)}, ${hint === undefined ? "NULL" : word(hint)}}`;
}

/** C and JSON escape alike what stands in these texts. */
function word(text: string): string {
  return JSON.stringify(text.replaceAll("{first}", "{0}").replaceAll("{second}", "{1}"));
}
