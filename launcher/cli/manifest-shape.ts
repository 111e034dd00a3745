// The schema of manifests and overrides as JSON (`tsbox info --show-metadata --json`), from the objects that read them. Pure.
import { KEY_MEANINGS, type KeyfileJson, type KeyMeaning } from "../manifest/door.ts";
import type { JsonSchema, Shape } from "./shape.ts";

/** Of our own groups nothing is unknown; Flatpak's may hold keys of later versions, and others' groups anything. */
const OWN = /^X-Tsbox(?: |$)/;
const ANY_VALUE: JsonSchema = { type: ["string", "boolean", "array"], items: { type: "string" } };

export const MANIFEST_JSON: Shape<KeyfileJson> = { schema: manifestSchema(KEY_MEANINGS) };

function manifestSchema(meanings: readonly KeyMeaning[]): JsonSchema {
  const groups = [...new Set(meanings.map(({ group }) => group))];
  const own = groups.filter((group) => OWN.test(group)).map((group) => group.slice("X-Tsbox".length));
  const ofGroup = (group: string): JsonSchema =>
    groupSchema(
      group,
      meanings.filter((one) => one.group === group),
    );
  const named = groups.filter((group) => !group.endsWith(" *")).map((group) => [group, ofGroup(group)]);
  const prefixed = groups.filter((group) => group.endsWith(" *")).map((group) => [`^${group.slice(0, -1)}`, ofGroup(group)]);
  return {
    type: "object",
    properties: Object.fromEntries(named),
    patternProperties: { ...Object.fromEntries(prefixed), [`^X-Tsbox(?!(?:${own.join("|")})$)`]: false },
    additionalProperties: { type: "object", additionalProperties: ANY_VALUE },
  };
}

function groupSchema(group: string, meanings: readonly KeyMeaning[]): JsonSchema {
  const any = meanings.find(({ key }) => key === null);
  const named = meanings.flatMap((meaning) => (meaning.key === null ? [] : [[meaning.key, valueSchema(meaning)]]));
  return {
    type: "object",
    properties: Object.fromEntries(named),
    additionalProperties: any !== undefined ? valueSchema(any) : OWN.test(group) ? false : ANY_VALUE,
  };
}

function valueSchema({ form, words, choices, pattern, only }: KeyMeaning): JsonSchema {
  const description = only === undefined ? words : `${words} (${only}s only)`;
  if (form === "boolean") return { type: "boolean", description };
  if (form === "text") return { type: "string", description, ...(choices === undefined ? {} : { enum: choices }) };
  const item = pattern ?? (choices === undefined ? undefined : `^(?:!|if:)?(?:${choices.join("|")})(?::|$)`);
  return { type: "array", description, items: { type: "string", ...(item === undefined ? {} : { pattern: item }) } };
}
