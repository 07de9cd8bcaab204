// Named entities: train on tagged words, score exact entities, find entities in raw text with their offsets.
import { annotate, evaluateTask, loadModel } from "biobert";
import { data, tinyStart, train } from "./support.mjs";

const start = await tinyStart("ner-train.tsv", "ner-test.tsv");
const { directory } = await train("ner", start, ["ner-train.tsv"]);

export const { scores } = await evaluateTask({
  modelDirectory: directory,
  task: "ner",
  files: [data("ner-test.tsv")],
});
console.log(`F1 ${scores.metrics.f1.toFixed(1)} of ${scores.counts.entities} entities`);

export const text = "Mutations of TARV1 cause renal fibrosis in adults. Hepatic failure is linked to MOLK2.";
const model = await loadModel(directory);
export const { entities } = await annotate(model, text);
for (const { type, mention, start: from, end, score } of entities)
  console.log(`${type}\t${from}-${end}\t${mention}\t${score.toFixed(3)}`);
await model.dispose();
