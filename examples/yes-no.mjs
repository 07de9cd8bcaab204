// Yes/no questions: train on questions with passages, score accuracy and F1 of either answer, answer questions that nobody has
// answered, as JSON and as a BioASQ answer file.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluateTask, predictTask } from "biobert";
import { data, folder, tinyStart, train } from "./support.mjs";

const start = await tinyStart("yes-no-train.jsonl", "qa-test.json");
const { directory } = await train("yes-no", start, ["yes-no-train.jsonl"]);

const run = { modelDirectory: directory, task: "yes-no" };
// A BioASQ file: of its questions, those of the type "yesno" are read.
export const { scores } = await evaluateTask({ ...run, files: [data("qa-test.json")] });
console.log(`accuracy ${scores.metrics.accuracy.toFixed(1)}, macro-F1 ${scores.metrics.macroF1.toFixed(1)}`);

const question = {
  id: "new-1",
  question: "Does tarbinol lower heart rate?",
  contexts: ["Heart rate fell after tarbinol ."],
};
const file = join(folder, "new.jsonl");
writeFileSync(file, `${JSON.stringify(question)}\n`);
export const { predictions } = await predictTask({ ...run, files: [file] });
console.log(`${question.question} ${predictions[0].label} (${predictions[0].scores.yes.toFixed(3)} yes)`);
export const { file: answers } = await predictTask({ ...run, files: [file], format: "bioasq" });
console.log(answers);
