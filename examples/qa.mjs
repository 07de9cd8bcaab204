// Questions whose answer is a part of a text: train on BioASQ's form (factoid and list questions with snippets), score BioASQ's
// measures of answers pooled over a question's snippets, write a BioASQ answer file, and ask a question of raw texts.
import { answer, evaluateTask, loadTaskModel, predictTask } from "biobert";
import { data, tinyStart, train } from "./support.mjs";

const start = await tinyStart("qa-train.json", "qa-test.json");
const { directory } = await train("qa", start, ["qa-train.json"], { taskOptions: { questions: "both" }, epochs: 60 });

const run = { modelDirectory: directory, task: "qa", files: [data("qa-test.json")] };
export const { scores } = await evaluateTask(run);
const { strictAccuracy, meanReciprocalRank, listF1 } = scores.metrics;
console.log(`factoid: strict accuracy ${strictAccuracy.toFixed(1)}, MRR ${meanReciprocalRank.toFixed(1)}`);
console.log(`list: F1 ${listF1.toFixed(1)}`);

export const { file } = await predictTask({ ...run, format: "bioasq" });
console.log(file);

const model = await loadTaskModel(directory, { task: "qa" });
const texts = [
  { id: "note 1", text: "The kidney was studied. Renal fibrosis is caused by TARV1." },
  { id: "note 2", text: "Mutations of SORN4 cause cerebellar ataxia in adults." },
];
export const answers = await answer(model, "Which gene causes cerebellar ataxia?", texts, { top: 2 });
for (const { document, text, start: from, end, score, sentence } of answers)
  console.log(`${text}\t${score.toFixed(3)}\t${document} ${from}-${end}: ${sentence.text}`);
await model.dispose();
