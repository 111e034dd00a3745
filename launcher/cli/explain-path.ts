// `explain --path`, `--device` and `--connect`: what an app may do with a file, a device or an address, read off the plan of a start now.
import { commandProblem } from "./command.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import { failure, success } from "../manifest/problem.ts";
import { isGranted } from "../permissions/granted.ts";
import { type Because, decideAccess, type DecidedAccess, type Plan } from "../plan/door.ts";
import { placeOf } from "../plan/origin-text.ts";
import type { Asked, Explainer, Explanation } from "./explainer.ts";
import { planKnownApp } from "./known-app.ts";
import { readPathArgument } from "./path-argument.ts";

const NOT_SHOWN = "no line shows it to the app";
/** What every sandbox has of its own. */
const OWN_DEVICES = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd", "stdin", "stdout", "stderr"];

export const pathExplainer: Explainer = {
  name: "path",
  option: { flags: "--path <PATH>", summary: "a file or folder of the host: whether the app sees it, and may change it" },
  explain: (raw, asked) => withAccess(raw, asked, "path", (path, decided) => shown("explain.path", path, decided)),
};

export const deviceExplainer: Explainer = {
  name: "device",
  option: { flags: "--device <PATH>", summary: "a device, such as `/dev/dri/renderD128`: whether the app may use it" },
  explain: (raw, asked) =>
    withAccess(raw.startsWith("/") ? raw : `/dev/${raw}`, asked, "device", (path, decided) => {
      const own = /^\/dev\/([a-z]+)(?:\/|$)/.exec(path)?.[1];
      if (decided.by?.kind === "dev" && own !== undefined && OWN_DEVICES.includes(own))
        return { ...shown("explain.device", path, decided), verdict: "allowed", because: "every sandbox has its own" };
      // A bind without devices shows the node, and the kernel opens none there.
      const usable = decided.by?.kind === "bind" && decided.by.access === "dev" && decided.access !== "hidden";
      const because = usable || decided.access === "hidden" ? becauseOf(decided) : `it is seen, and cannot be opened as a device: ${becauseOf(decided)}`;
      return { ...shown("explain.device", path, decided), verdict: usable ? "allowed" : "refused", because };
    }),
};

export const connectExplainer: Explainer = {
  name: "connect",
  option: { flags: "--connect <ADDRESS>", summary: "`HOST:PORT`, the path of a socket, or an abstract one as `@NAME`" },
  explain: (raw, asked) => {
    if (raw.startsWith("/")) return withAccess(raw, asked, "connect", (path, decided) => shown("explain.connect-path", path, decided));
    const plan = asked.planned().plan;
    if (!plan.ok) return failure(...plan.problems);
    if (raw.startsWith("@") && raw.length > 1) return success(connectAbstract(raw, plan.value));
    const port = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})$/.exec(raw)?.[2];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) return failure(commandProblem("explain.connect-form", { value: raw }));
    return success(connectNetwork(raw, asked));
  },
};

function connectAbstract(name: string, plan: Plan): Explanation {
  const closed = plan.namespaces.network
    ? "the app has a network of its own, without the host's abstract sockets"
    : plan.scopes.includes("abstract-unix-socket")
      ? "Landlock closes the host's abstract sockets even where the network is shared"
      : null;
  const because = closed ?? "the network is shared, and this kernel cannot close abstract sockets";
  return { verdict: closed === null ? "allowed" : "refused", key: "explain.connect-abstract", values: { name }, because, details: [], json: { address: name } };
}

/** The network is shared as a whole: neither hosts nor ports are told apart. */
function connectNetwork(address: string, asked: Asked): Explanation {
  const { inputs, facts } = asked.planned();
  const network = inputs.permissions.shared.get("network");
  const given = isGranted(network, inputs, facts);
  const because =
    network === undefined ? "nobody says `shared=network`: the app has a network of its own, with nothing in it but itself" : placeOf(network.origin);
  return { verdict: given ? "allowed" : "refused", key: "explain.connect-network", values: { address }, because, details: [], json: { address } };
}

function withAccess(raw: string, asked: Asked, option: string, say: (path: string, decided: DecidedAccess) => Explanation): Result<Explanation> {
  if (raw === "") return failure(commandProblem("explain.path-form", { option }));
  const path = readPathArgument(raw, asked.viewer.request.cwd, asked.viewer.caller.home);
  const { plan, facts } = planKnownApp(asked.app, asked.viewer, [path]);
  if (!plan.ok) return failure(...(plan.problems as readonly Problem[]));
  const walk = facts.walks.get(path);
  if (walk === undefined) throw new Error(`the host was never asked about ${path}`);
  if (walk.end === null) return success({ ...say(path, decideAccess(plan.value, walk)), details: ["there is nothing at this path on the host"] });
  return success(say(path, decideAccess(plan.value, walk)));
}

function shown(key: string, path: string, decided: DecidedAccess): Explanation {
  const { access, by } = decided;
  const json = { path, access, by: by === null ? null : { kind: by.kind, to: by.to } };
  return { verdict: access === "hidden" ? "refused" : "allowed", key, values: { path, access }, because: becauseOf(decided), details: [], json };
}

function becauseOf({ access, by, hiddenLink }: DecidedAccess): string {
  if (hiddenLink !== null) return `a link on the way, ${hiddenLink}, is not seen inside`;
  if (by === null) return NOT_SHOWN;
  // Something of the sandbox's own lies there: it is no reason that the host's is not seen.
  if (access === "hidden" && by.kind !== "bind" && by.because.origin === null && by.to !== "/") return `${NOT_SHOWN}; at ${by.to}: ${by.because.reason}`;
  return textOf(by.because);
}

function textOf({ reason, origin }: Because): string {
  return origin === null ? reason : `${placeOf(origin)} (${reason})`;
}
