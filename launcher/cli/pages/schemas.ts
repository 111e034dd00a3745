// JSON schemas of manifests and of every `--json` output, from the objects that print them. Pure.
import type { Command } from "../command.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** File name (`tsbox-list.schema.json`) to text. */
export function renderSchemas(commands: readonly Command[]): ReadonlyMap<string, string> {
  const schemas = commands.flatMap(({ json }) => Object.entries(json ?? {}));
  return new Map(
    schemas.map(([name, { schema }]) => {
      const whole = { $schema: DIALECT, title: `tsbox ${name}`, ...(schema as Readonly<Record<string, unknown>>) };
      return [`tsbox-${name}.schema.json`, `${JSON.stringify(whole, null, 2)}\n`] as const;
    }),
  );
}
