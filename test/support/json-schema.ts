// The part of JSON Schema (2020-12) that our schemas use, as the specification has it; a keyword beyond that is a fault of the test. test/differential compares
// it with a validator of others.
import assert from "node:assert/strict";
import type { Command } from "../../launcher/cli/command.ts";
import type { JsonSchema } from "../../launcher/cli/shape.ts";

type Node = Readonly<Record<string, unknown>>;

/** Where a value does not fit, and why; empty: it fits. */
export function faultsOf(schema: JsonSchema, value: unknown, at = "$"): readonly string[] {
  if (typeof schema === "boolean") return schema ? [] : [`${at}: must not be there`];
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    const judge = KEYWORDS[keyword];
    assert.ok(judge !== undefined, `the keyword ${keyword}`);
    return judge(rule, value, at, schema);
  });
}

/** What a command printed with `--json`, held to one of the shapes that it promises. */
export function assertPromisedJson(command: Command, output: string): void {
  const lines = command.name === "log" ? output.split("\n").filter((line) => line !== "") : [output];
  for (const line of lines) {
    const value: unknown = JSON.parse(line);
    const faults = Object.entries(command.json ?? {}).map(([name, { schema }]) => faultsOf(schema, value, name));
    assert.ok(
      faults.some((one) => one.length === 0),
      `tsbox ${command.name} --json: ${JSON.stringify(faults)}`,
    );
  }
}

const KEYWORDS: Readonly<Record<string, (rule: unknown, value: unknown, at: string, schema: Node) => readonly string[]>> = {
  $schema: () => [],
  title: () => [],
  description: () => [],
  type: (rule, value, at) => {
    const types = [rule].flat() as readonly string[];
    return types.some((type) => isOf(type, value)) ? [] : [`${at}: is no ${types.join(" or ")}`];
  },
  enum: (rule, value, at) => ((rule as readonly unknown[]).includes(value) ? [] : [`${at}: ${JSON.stringify(value)} is none of the words`]),
  minimum: (rule, value, at) => (typeof value !== "number" || value >= (rule as number) ? [] : [`${at}: too small`]),
  pattern: (rule, value, at) => (typeof value !== "string" || new RegExp(rule as string, "u").test(value) ? [] : [`${at}: ${value} is not of the form`]),
  anyOf: (rule, value, at) => {
    const faults = (rule as readonly JsonSchema[]).map((one) => faultsOf(one, value, at));
    return faults.some((one) => one.length === 0) ? [] : faults.flat();
  },
  items: (rule, value, at) => (Array.isArray(value) ? value.flatMap((one, index) => faultsOf(rule as JsonSchema, one, `${at}[${index}]`)) : []),
  required: (rule, value, at) =>
    isOf("object", value) ? (rule as readonly string[]).filter((key) => !(key in (value as Node))).map((key) => `${at}.${key}: missing`) : [],
  properties: (rule, value, at) =>
    eachKey(value, (key, one) => (Object.hasOwn(rule as Node, key) ? faultsOf((rule as Node)[key] as JsonSchema, one, `${at}.${key}`) : [])),
  patternProperties: (rule, value, at) =>
    eachKey(value, (key, one) =>
      Object.entries(rule as Readonly<Record<string, JsonSchema>>).flatMap(([pattern, schema]) =>
        new RegExp(pattern, "u").test(key) ? faultsOf(schema, one, `${at}.${key}`) : [],
      ),
    ),
  additionalProperties: (rule, value, at, schema) =>
    eachKey(value, (key, one) => {
      const isNamed = Object.hasOwn((schema["properties"] ?? {}) as Node, key);
      const isMatched = Object.keys((schema["patternProperties"] ?? {}) as Node).some((pattern) => new RegExp(pattern, "u").test(key));
      return isNamed || isMatched ? [] : faultsOf(rule as JsonSchema, one, `${at}.${key}`);
    }),
};

function eachKey(value: unknown, judge: (key: string, one: unknown) => readonly string[]): readonly string[] {
  return isOf("object", value) ? Object.entries(value as Node).flatMap(([key, one]) => judge(key, one)) : [];
}

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return type === "integer" ? Number.isInteger(value) : typeof value === type;
}
