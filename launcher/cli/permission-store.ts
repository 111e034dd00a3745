// `tsbox permission-show/-set/-remove/-reset`: what the user allowed in portals' questions (Flatpak's commands of these names).
import { openPermissionStore, READ_TABLES, stateFolderOf } from "../../portals/kept.ts";
import { parseAppId } from "../manifest/door.ts";
import { type Command, commandProblem, isGiven, type Outcome, refuse, refuseFor, type Surroundings } from "./command.ts";
import { type Column, renderJson, renderTable, shapeOfTable } from "./table.ts";

interface StoredPermission {
  readonly table: string;
  readonly id: string;
  readonly app: string;
  readonly permissions: readonly string[];
}

const COLUMNS: readonly Column<StoredPermission>[] = [
  { name: "table", title: "Table", byDefault: true, value: (row) => row.table },
  { name: "object", title: "Object", byDefault: true, value: (row) => row.id },
  { name: "application", title: "Application", byDefault: true, value: (row) => row.app },
  { name: "permissions", title: "Permissions", byDefault: true, value: (row) => row.permissions.join(",") },
];
const JSON_OPTION = { flags: "-j, --json", summary: "print JSON" };
const NOTHING: Outcome = { status: 0, output: "", problems: [] };

const storeOf = ({ environment }: Surroundings) => openPermissionStore(stateFolderOf(environment));

const permissionShow: Command = {
  name: "permission-show",
  summary: "list what an app was allowed or refused by its portals' questions",
  positionals: "[APP]",
  options: [JSON_OPTION],
  optionsFirst: false,
  details: ["Without an app: of every app."],
  json: { "permission-show": shapeOfTable(COLUMNS) },
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const [app] = invocation.positionals;
    const store = storeOf(surroundings);
    const rows = store.tables().flatMap((table) =>
      Object.entries(store.table(table)).flatMap(([id, apps]) =>
        Object.entries(apps)
          .filter(([name]) => app === undefined || name === app)
          .map(([name, permissions]): StoredPermission => ({ table, id, app: name, permissions })),
      ),
    );
    return { ...NOTHING, output: isGiven(invocation, "json") ? renderJson(rows, COLUMNS) : renderTable(rows, COLUMNS, surroundings.stdoutIsTerminal) };
  },
};

const permissionSet: Command = {
  name: "permission-set",
  summary: "allow or refuse an app something that a portal would ask for",
  positionals: "<TABLE> <OBJECT> <APP> [PERMISSION...]",
  options: [],
  optionsFirst: false,
  details: [
    "Such as `permission-set background background org.example.App yes`: it may start with the session.",
    "PERMISSION is `yes`, `no` or what the table takes.",
  ],
  answeredByBroker: false,
  answer({ positionals }, surroundings) {
    const [table = "", id = "", rawApp = "", ...permissions] = positionals;
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(table)) return refuseFor("permission.table", { table });
    const app = parseAppId(rawApp);
    if (!app.ok) return refuse(...app.problems);
    storeOf(surroundings).set(table, id, app.value, permissions);
    if (READ_TABLES.includes(table)) return NOTHING;
    return { ...NOTHING, problems: [{ ...commandProblem("permission.unread", { table, tables: READ_TABLES.join(", ") }), severity: "notice" }] };
  },
};

const permissionRemove: Command = {
  name: "permission-remove",
  summary: "forget what an app was allowed or refused, so that it is asked for again",
  positionals: "<TABLE> <OBJECT> [APP]",
  options: [],
  optionsFirst: false,
  details: ["Without an app: of every app."],
  answeredByBroker: false,
  answer({ positionals }, surroundings) {
    const [table = "", id = "", app] = positionals;
    return storeOf(surroundings).remove(table, id, app) ? NOTHING : refuseFor("permission.absent", { table, id });
  },
};

const permissionReset: Command = {
  name: "permission-reset",
  summary: "forget all that an app was allowed or refused",
  positionals: "[APP]",
  options: [{ flags: "--all", summary: "of every app" }],
  optionsFirst: false,
  details: [],
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const [app] = invocation.positionals;
    const all = isGiven(invocation, "all");
    if ((app === undefined) !== all) return refuseFor("permission.app-or-all", {});
    storeOf(surroundings).reset(app);
    return NOTHING;
  },
};

export const PERMISSION_STORE_COMMANDS: readonly Command[] = [permissionShow, permissionSet, permissionRemove, permissionReset];
