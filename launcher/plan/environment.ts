// The app's variables: the pass list, then the manifest and the command line, then what the sandbox itself needs. Pure.
import type { Deployment } from "../manifest/door.ts";
import { becauseOf } from "../permissions/granted.ts";
import type { Contribution } from "../permissions/kind.ts";
import { ENVIRONMENT_PASS_LIST, NEVER_PASSED } from "./environment-pass-list.ts";
import { appFolder } from "./folders.ts";
import { USER_SHARE } from "./home.ts";
import type { RunInputs } from "./inputs.ts";
import type { Because, PlanEnvironment } from "./plan.ts";
import { because } from "./sources.ts";

type Values = Map<string, { readonly value: string; readonly because: Because }>;

export function buildEnvironment(inputs: RunInputs, contributions: readonly Contribution[], seesLocalPrograms: boolean): PlanEnvironment {
  const pass = passedVariables(inputs);
  const set: Values = new Map();
  const put = (values: Iterable<readonly [string, string, string]>): void => {
    for (const [name, value, reason] of values) set.set(name, { value, because: because(reason) });
  };
  const hasAccessibility = contributions.some((one) => (one.buses ?? []).some(({ name }) => name === "a11y"));
  put(baseVariables(inputs, seesLocalPrograms, hasAccessibility));
  for (const [name, entry] of inputs.permissions.environment) {
    if (entry.value === null) {
      set.delete(name);
      pass.delete(name);
    } else set.set(name, { value: entry.value, because: becauseOf(entry, "as the manifest or the command line says") });
  }
  put(sandboxVariables(inputs));
  for (const contribution of contributions) for (const [name, entry] of contribution.environment ?? []) set.set(name, entry);
  for (const name of set.keys()) pass.delete(name);
  return { set: sorted(set), pass: sorted(pass) };
}

function passedVariables({ request, options }: RunInputs): Map<string, Because> {
  const pass = new Map<string, Because>();
  for (const name of request.environment.keys()) {
    if (NEVER_PASSED.has(name)) continue;
    const entry = ENVIRONMENT_PASS_LIST.find((one) => (one.name.endsWith("*") ? name.startsWith(one.name.slice(0, -1)) : name === one.name));
    if (entry !== undefined) pass.set(name, because(entry.reason));
    else if (options.inheritEnvironment) pass.set(name, because("--inherit-env"));
  }
  return pass;
}

const WITHOUT_ACCESSIBILITY = [
  ["NO_AT_BRIDGE", "1", "there is no accessibility bus; GTK 3 and Qt would wait for it"],
  ["GTK_A11Y", "none", "there is no accessibility bus; GTK 4 would wait for it"],
] as const;

/** A manifest may change these. */
function baseVariables({ manifest, caller }: RunInputs, local: boolean, hasAccessibility: boolean): readonly (readonly [string, string, string])[] {
  const common = [
    ["HOME", caller.home, "the same path as outside, with what is granted of it"],
    ["USER", caller.userName, "as in /etc/passwd"],
    ["LOGNAME", caller.userName, "as in /etc/passwd"],
    ["SHELL", "/bin/sh", "the one that every host has"],
    ...(hasAccessibility ? [] : WITHOUT_ACCESSIBILITY),
  ] as const;
  if (manifest.deployment !== null) return [...common, ...runtimeVariables(manifest.deployment)];
  const app = manifest.programFolder !== null;
  const path = [...(app ? ["/app/bin"] : []), ...(local ? ["/usr/local/bin"] : []), "/usr/bin", "/bin", "/usr/games"];
  const data = [...(app ? ["/app/share"] : []), USER_SHARE, ...(local ? ["/usr/local/share"] : []), "/usr/share"];
  return [
    ["PATH", path.join(":"), "programs of the manifest and of the host"],
    ...common,
    ["XDG_CONFIG_DIRS", `${app ? "/app/etc/xdg:" : ""}/etc/xdg`, "defaults of desktop programs"],
    ["XDG_DATA_DIRS", data.join(":"), "data of desktop programs, the user's icons and themes"],
    ["XCURSOR_PATH", [`${caller.home}/.icons`, `${USER_SHARE}/icons`, "/usr/share/icons", "/usr/share/pixmaps"].join(":"), "cursors, the user's first"],
  ];
}

/** Flatpak's values: a runtime and its apps are made for them. */
function runtimeVariables({ linker }: Deployment): readonly (readonly [string, string, string])[] {
  return [
    ["PATH", "/app/bin:/usr/bin", "programs of the app and of the runtime"],
    ["XDG_CONFIG_DIRS", "/app/etc/xdg:/etc/xdg", "defaults of desktop programs"],
    ["XDG_DATA_DIRS", "/app/share:/usr/share", "data of desktop programs"],
    ...(linker.kind === "path" ? ([["LD_LIBRARY_PATH", linker.folders.join(":"), "the runtime brings no ldconfig"]] as const) : []),
  ];
}

/** A manifest may not: the sandbox has no other places. */
function sandboxVariables(inputs: RunInputs): readonly (readonly [string, string, string])[] {
  const { manifest, caller, request } = inputs;
  const folder = appFolder(inputs);
  const bases = [
    ["XDG_CONFIG_HOME", "config"],
    ["XDG_DATA_HOME", "data"],
    ["XDG_CACHE_HOME", "cache"],
    ["XDG_STATE_HOME", ".local/state"],
  ] as const;
  const kept = bases.flatMap(([name]) => {
    const value = request.environment.get(name);
    return value === undefined ? [] : [[`HOST_${name}`, value, "the caller's own, for programs that work on granted folders"] as const];
  });
  return [
    ["FLATPAK_ID", manifest.id, "which app it is"],
    ...(manifest.instanceOf === null ? [] : [["RESOURCE_NAME", manifest.id, "the name of its X11 windows, in Xt and Qt: which instance they are of"] as const]),
    ["container", "flatpak", "toolkits use portals where they see it"],
    ["XDG_RUNTIME_DIR", `/run/user/${caller.uid}`, "the app's own runtime directory"],
    ...bases.map(([name, sub]) => [name, `${folder}/${sub}`, "the app's own data"] as const),
    ...kept,
  ];
}

function sorted<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...map].sort(([one], [other]) => (one < other ? -1 : 1)));
}
