// The shapes of `--json` outputs: one object from which the type of what is printed and the JSON schema that is shipped both derive. Pure.
import { renderJsonText } from "../messages/render.ts";

/** As far as it is needed here: https://json-schema.org/draft/2020-12 */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Never there: it carries the type. */
  readonly of?: T;
}

export type ShapeType<S> = S extends Shape<infer T> ? T : never;

type Fields = Readonly<Record<string, Shape<unknown>>>;

export const TEXT: Shape<string> = { schema: { type: "string" } };
export const COUNT: Shape<number> = { schema: { type: "integer", minimum: 0 } };
export const FLAG: Shape<boolean> = { schema: { type: "boolean" } };

export function wordOf<const W extends readonly string[]>(...words: W): Shape<W[number]> {
  return { schema: { enum: words } };
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return { schema: { anyOf: [shape.schema, { type: "null" }] } };
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return { schema: { type: "array", items: shape.schema } };
}

/** All keys are there, and no others. */
export function record<F extends Fields>(fields: F): Shape<{ readonly [K in keyof F]: ShapeType<F[K]> }> {
  return { schema: { type: "object", properties: schemasOf(fields), required: Object.keys(fields), additionalProperties: false } };
}

/** Beside the keys there are others, which depend on a value. */
export function openRecord<F extends Fields>(fields: F): Shape<{ readonly [K in keyof F]: ShapeType<F[K]> } & Readonly<Record<string, unknown>>> {
  return { schema: { type: "object", properties: schemasOf(fields), required: Object.keys(fields) } };
}

export function either<S extends readonly Shape<unknown>[]>(...shapes: S): Shape<ShapeType<S[number]>> {
  return { schema: { anyOf: shapes.map(({ schema }) => schema) } };
}

function schemasOf(fields: Fields): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(fields).map(([key, { schema }]) => [key, schema]));
}

export function renderShape<T>(_shape: Shape<T>, value: T): string {
  return renderJsonText(value, 2);
}
