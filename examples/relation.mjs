// Relations: train on sentences in which the two entities are hidden (@CHEMICAL$, @GENE$), score the classes that are relations,
// and find relations among the entities of raw text.
import { evaluateTask, loadTaskModel, relate } from "biobert";
import { data, tinyStart, train } from "./support.mjs";

const start = await tinyStart("relation-train.tsv", "relation-test.tsv");
const { directory } = await train("relation", start, ["relation-train.tsv"]);

export const { scores } = await evaluateTask({
  modelDirectory: directory,
  task: "relation",
  files: [data("relation-test.tsv")],
});
console.log(`micro-F1 of the relations ${scores.metrics.f1.toFixed(1)}`);

// Entities come from a model (see ner.mjs), a curated file or a dictionary: here from a list of names.
export const text = "Dorvastin blocks the kinase TARV1. Tarbinol has no effect on MOLK2.";
const names = { Dorvastin: "Chemical", Tarbinol: "Chemical", TARV1: "Gene", MOLK2: "Gene" };
const entities = Object.entries(names).map(([name, type]) => ({
  type,
  start: text.indexOf(name),
  end: text.indexOf(name) + name.length,
}));
const model = await loadTaskModel(directory, { task: "relation" });
export const [{ relations, pairs }] = await relate(model, [{ id: "note", text, entities }]);
console.log(`${pairs} pairs of a chemical and a gene in one sentence`);
for (const { label, score, first, second, sentence } of relations) {
  const [a, b] = [first, second].map((i) => text.slice(entities[i].start, entities[i].end));
  console.log(`${a} ${label} ${b}\t${score.toFixed(3)}\t${sentence.text}`);
}
await model.dispose();
