// `biobert fine-tune multi`: what is wrong with the file of --tasks is said with the file and the head.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run, temporaryFolder } from "./harness.ts";

const genes = { name: "genes", task: "ner", train: ["genes.tsv"] };
const relations = { name: "relations", task: "relation", train: ["relations.tsv"] };

it.each([
  ['two heads are named "genes"', [genes, { ...relations, name: "genes" }]],
  ["options of head genes: typ: Unrecognized key", [{ ...genes, options: { typ: "Gene" } }, relations]],
  ["options of head relations: cut: ", [genes, { ...relations, options: { cut: "middle" } }]],
  ['head genes: there is no task "nre"', [{ ...genes, task: "nre" }, relations]],
])("refuses a file: %s", async (message, heads) => {
  const folder = temporaryFolder();
  const tasks = join(folder, "tasks.json");
  writeFileSync(tasks, JSON.stringify({ heads }));
  const argv = ["fine-tune", "multi", "--model", "m", "--tasks", tasks, "--out", join(folder, "out")];
  const { code, err } = await run(argv);
  expect([code, err]).toEqual([1, expect.stringContaining(`error[input-format]: ${tasks}: ${message}`)]);
});
