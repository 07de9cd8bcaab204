// Any number of labels a sentence, as the Hallmarks of Cancer have them: scored by sentences, and by documents whose labels are
// those of their sentences together. One label a text, or a number for a pair of texts: the option `problem`.
import { evaluateTask, predictTask } from "biobert";
import { data, tinyStart, train } from "./support.mjs";

const start = await tinyStart("classification-train.jsonl", "classification-new.tsv");
const { directory } = await train("classification", start, ["classification-train.jsonl"], {
  taskOptions: { problem: "multi-label" },
});

const run = { modelDirectory: directory, task: "classification" };
export const { scores } = await evaluateTask({
  ...run,
  files: [data("classification-train.jsonl")],
  taskOptions: { byDocument: true },
});
console.log(`micro-F1 by sentences ${scores.metrics.microF1.toFixed(1)}, by documents ${scores.metrics.documentMicroF1.toFixed(1)}`);

export const { predictions } = await predictTask({ ...run, files: [data("classification-new.tsv")] });
for (const { id, labels } of predictions) console.log(`${id}: ${labels.join(", ") || "none"}`);
