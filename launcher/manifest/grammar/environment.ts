// `[Environment]` and `unset-environment=`: variables with a value, and variables taken away. The latter win within one file.
import { firstUnprintable } from "../filesystem-location.ts";
import { isKeyName, type Keyfile } from "../keyfile.ts";
import { removeKey, setKey } from "../keyfile-edit.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { decodeLeniently, encodeString } from "../keyfile-values.ts";
import { errorAt, failure, NO_PLACE, noticeAt, success } from "../problem.ts";
import { type EntryGrammar, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { originOf, readItems } from "./list-entry.ts";

const GROUP = "Environment";
const UNSET = { group: "Context", key: "unset-environment" } as const;

export const environment: EntryGrammar<"environment"> = {
  kind: "environment",
  keys: [
    {
      group: GROUP,
      key: null,
      form: "text",
      words: "the variable KEY is set to this",
      read: (entry, reading) => {
        const { value, problems } = decodeLeniently(entry);
        for (const problem of problems) reading.report(noticeAt(problem, "manifest.bad-escape-kept", { ...problem.values, value }));
        reading.add({ kind: "environment", name: entry.key, value, origin: originOf(entry, reading) });
      },
    },
    {
      ...UNSET,
      form: "list",
      words: "variables that the app does not get",
      read: (entry, reading) =>
        readItems(entry, reading, (name, origin) => {
          if (!isVariableName(name)) reading.report(errorAt(origin, "manifest.variable-name", { name }));
          else reading.add({ kind: "environment", name, value: null, origin });
        }),
    },
  ],
  options: [setOption(), unsetOption()],
  subject: (entry) => `environment=${entry.name}`,
  render: (entry) => (entry.value === null ? `unset-environment=${entry.name}` : `${entry.name}=${entry.value}`),
  isWithin: "always",
  denies: (entry) => entry.value === null,
  // Within one file the order of the two groups must not matter.
  fold: (earlier, later) => (earlier.value === null && later.value !== null && earlier.origin.file !== "" ? earlier : later),
  merge: (draft, { name, value, origin }) => {
    draft.environment.delete(name);
    draft.environment.set(name, { value, origin });
  },
  cut: (draft, { name, origin }) => {
    const granted = draft.environment.get(name);
    draft.environment.set(name, { value: null, origin });
    return granted === undefined || granted.value === null ? [] : [{ granted: `${name}=${granted.value}`, wanted: granted.origin, limit: origin }];
  },
  edit: (keyfile, { name, value }) => {
    if (value !== null) return setKey(listed(keyfile, name, false), GROUP, name, encodeString(value));
    return listed(removeKey(keyfile, GROUP, name), name, true);
  },
  erase: (keyfile, { name }) => listed(removeKey(keyfile, GROUP, name), name, false),
};

/** Of a name that a list or an option spells: there, unlike in a key, it could hold a line break, and would write lines of its own into /.flatpak-info. */
function isVariableName(name: string): boolean {
  return isKeyName(name) && firstUnprintable(name) === null;
}

function listed(keyfile: Keyfile, name: string, isUnset: boolean): Keyfile {
  return replaceItems(keyfile, UNSET.group, UNSET.key, (value) => value === name, isUnset ? [name] : []);
}

function setOption(): PermissionOption {
  const flag = "--env";
  const parse: PermissionOption["parse"] = (raw, layer) => {
    const equals = raw.indexOf("=");
    if (equals <= 0) return failure(errorAt(NO_PLACE, "option.env-form", { value: raw }));
    const name = raw.slice(0, equals);
    // A variable that a keyfile cannot name could be passed to `run`, and then never be kept: refused in both, so that options mean one thing.
    if (!isVariableName(name)) return failure(errorAt(NO_PLACE, "option.variable-name", { name }));
    return success([{ kind: "environment", name, value: raw.slice(equals + 1), origin: optionOrigin(flag, raw, layer) }]);
  };
  return {
    flag,
    argument: "NAME=VALUE",
    words: "set a variable inside",
    parse,
    parseForUnset: (raw, layer) => parse(raw.includes("=") ? raw : `${raw}=`, layer),
  };
}

function unsetOption(): PermissionOption {
  const flag = "--unset-env";
  return {
    flag,
    argument: "NAME",
    words: "take a variable away inside",
    parse: (raw, layer) => {
      if (raw.includes("=")) return failure(errorAt(NO_PLACE, "option.variable-equals", { name: raw }));
      if (!isVariableName(raw)) return failure(errorAt(NO_PLACE, "option.variable-name", { name: raw }));
      return success([{ kind: "environment", name: raw, value: null, origin: optionOrigin(flag, raw, layer) }]);
    },
  };
}
