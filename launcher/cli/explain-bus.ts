// `explain --bus=NAME[/PATH][ INTERFACE.MEMBER]`: whether a call passes the filter, from the policy that a run would have.
import { explainBus, type BusAnswer, type BusQuestion } from "../../dbus-proxy/policy/explain.ts";
import { isBusName, isInterfaceName, isMemberName, isObjectPath } from "../../dbus-proxy/wire/names.ts";
import { failure, success } from "../manifest/problem.ts";
import { type FilteredBus, givenBus } from "../permissions/kinds/bus-policies.ts";
import { placeOf } from "../plan/origin-text.ts";
import { commandProblem } from "./command.ts";
import type { Explainer, Explanation } from "./explainer.ts";

const OPTIONS: Readonly<Record<FilteredBus, string>> = { session: "bus", system: "system-bus", a11y: "a11y-bus" };
const WORDS: Readonly<Record<FilteredBus, string>> = { session: "session", system: "system", a11y: "accessibility" };
const NO_SYSTEM_BUS = "the app has no system bus: a line in `[System Bus Policy]` or `[X-Tsbox System Bus Rules]` would bring it";

export function busExplainer(bus: FilteredBus): Explainer {
  const name = OPTIONS[bus];
  return {
    name,
    option: { flags: `--${name} <CALL>`, summary: `a name on the ${WORDS[bus]} bus, or a call: \`NAME[/PATH][ INTERFACE.MEMBER]\`` },
    explain: (raw, asked) => {
      const question = parseQuestion(raw);
      if (question === null) return failure(commandProblem("explain.bus-form", { option: name, value: raw }));
      const { inputs, facts } = asked.planned();
      const given = givenBus(bus, inputs, facts);
      if (given === null) return success(explanation(bus, question, { verdict: "refused", because: NO_SYSTEM_BUS, level: "none", rules: [] }));
      if (given.whole === null) return success(explanation(bus, question, explainBus(given.policy, question)));
      const because = `${placeOf(given.whole.origin)} (the whole bus, not filtered)`;
      return success(explanation(bus, question, { verdict: "allowed", because, level: "own", rules: [] }));
    },
  };
}

function parseQuestion(raw: string): BusQuestion | null {
  const [, name = "", path = "", method = ""] = /^([^\s/]+)(\/\S*)?(?:\s+(\S+))?$/.exec(raw.trim()) ?? [];
  const dot = method.lastIndexOf(".");
  const question = { name, path, interface: method.slice(0, Math.max(dot, 0)), member: method.slice(dot + 1) };
  if (!isBusName(name) || name.startsWith(":") || (path !== "" && !isObjectPath(path))) return null;
  return method === "" || (isInterfaceName(question.interface) && isMemberName(question.member)) ? question : null;
}

function explanation(bus: FilteredBus, question: BusQuestion, answer: BusAnswer): Explanation {
  const { name, path } = question;
  const method = question.member === "" ? "" : `${question.interface}.${question.member}`;
  const key = method === "" ? (path === "" ? "explain.bus-name" : "explain.bus-path") : path === "" ? "explain.bus-call-anywhere" : "explain.bus-call";
  return {
    verdict: answer.verdict,
    key,
    values: { name, path, method, bus: WORDS[bus], level: answer.level },
    because: answer.because,
    details: answer.rules.map(({ kind, rule, because }) => `${kind} ${rule === "" ? "*" : rule}  # ${because}`),
    json: { bus: WORDS[bus], name, path: path || null, method: method || null, level: answer.level, rules: answer.rules },
  };
}
