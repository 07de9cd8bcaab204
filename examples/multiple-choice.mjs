// Multiple choice: each option is read with its question and gets a score; accuracy with its interval and by level.
import { evaluateTask, predictTask } from "biobert";
import { data, tinyStart, train } from "./support.mjs";

const start = await tinyStart("choice-train.jsonl");
const { directory } = await train("multiple-choice", start, ["choice-train.jsonl"], { epochs: 60 });

const run = { modelDirectory: directory, task: "multiple-choice" };
// On what it was trained on: a dozen questions teach nothing about others.
export const { scores } = await evaluateTask({ ...run, files: [data("choice-train.jsonl")] });
const { accuracy, accuracyLow, accuracyHigh, chance } = scores.metrics;
console.log(
  `accuracy ${accuracy.toFixed(1)} (95 % from ${accuracyLow.toFixed(1)} to ${accuracyHigh.toFixed(1)}; chance ${chance.toFixed(1)})`,
);

export const { predictions } = await predictTask({ ...run, files: [data("choice-new.jsonl")] });
for (const { id, letters, texts } of predictions) console.log(`${id}: ${letters[0]}. ${texts[0]}`);
