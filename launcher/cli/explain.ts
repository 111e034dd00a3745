// `tsbox explain APP`: whether an app may do a thing, and by which line, answered by the very functions that decide.
import type { Problem } from "../manifest/origin.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideText, renderText } from "../messages/render.ts";
import { type Command, commandProblem, type Invocation, isGiven, type Outcome, refuse } from "./command.ts";
import { busExplainer } from "./explain-bus.ts";
import { connectExplainer, deviceExplainer, pathExplainer } from "./explain-path.ts";
import type { Asked, Explainer, Explanation } from "./explainer.ts";
import { planKnownApp, readKnownApp, readViewer } from "./known-app.ts";
import { listOf, openRecord, renderShape, TEXT, wordOf } from "./shape.ts";

const EXPLAINERS: readonly Explainer[] = [
  busExplainer("session"),
  busExplainer("system"),
  busExplainer("a11y"),
  pathExplainer,
  deviceExplainer,
  connectExplainer,
];

/** Each question adds keys of its own. */
const ANSWERS = listOf(openRecord({ question: TEXT, verdict: wordOf("allowed", "refused", "depends"), because: TEXT }));

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function explainCommand(catalogue: () => string): Command {
  return {
    name: "explain",
    summary: "say whether an app may do a thing, and by which line",
    positionals: "<APP>",
    options: [...EXPLAINERS.map(({ option }) => option), { flags: "-j, --json", summary: "print JSON" }],
    optionsFirst: false,
    details: [
      "Answers for a start now, from the functions that decide then. Options may be given several times; the answers come in their order.",
      "Example: `tsbox explain org.xfce.mousepad --bus='org.freedesktop.Notifications/org/freedesktop/Notifications org.freedesktop.Notifications.Notify'`",
    ],
    json: { explain: ANSWERS },
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const questions = questionsOf(invocation);
      if (questions.length === 0) return refuse(commandProblem("explain.nothing-asked", { options: EXPLAINERS.map(({ name }) => `--${name}`).join(", ") }));
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const known = readKnownApp(invocation.positionals[0] as string, viewer.value);
      if (!known.ok) return refuse(...known.problems);
      const app = known.value;
      let planned: ReturnType<typeof planKnownApp> | undefined;
      const asked: Asked = { app, viewer: viewer.value, planned: () => (planned ??= planKnownApp(app, viewer.value)) };
      return answer(questions, asked, isGiven(invocation, "json"));
    },
  };
}

interface GivenQuestion {
  readonly explainer: Explainer;
  readonly raw: string;
}

function questionsOf(invocation: Invocation): readonly GivenQuestion[] {
  return invocation.options.flatMap(({ name, value }) => {
    const explainer = EXPLAINERS.find((one) => one.name === name);
    return explainer === undefined ? [] : [{ explainer, raw: value ?? "" }];
  });
}

function answer(questions: readonly GivenQuestion[], asked: Asked, json: boolean): Outcome {
  const problems: Problem[] = [];
  const answers: { question: GivenQuestion; explanation: Explanation }[] = [];
  for (const question of questions) {
    const explained = question.explainer.explain(question.raw, asked);
    if (explained.ok) answers.push({ question, explanation: explained.value });
    else problems.push(...explained.problems);
  }
  if (problems.length > 0) return refuse(...problems);
  const rows = answers.map(({ question: { explainer, raw }, explanation: { verdict, because, json: more } }) => ({
    question: `--${explainer.name}=${raw}`,
    verdict,
    because,
    ...more,
  }));
  const output = json ? renderShape(ANSWERS, rows) : answers.map(({ explanation }) => render(explanation)).join("");
  return { status: 0, output, problems: asked.app.notices };
}

function render({ verdict, key, values, because, details }: Explanation): string {
  const line = (text: string): string => `  ${renderOutsideText(text)}\n`;
  return `${verdict}: ${renderText(key, values, MESSAGES)}${line(because)}${details.map((one) => `  ${line(one)}`).join("")}`;
}
