// What transformers.js and @huggingface/tokenizers make of the tokenizer's files that we wrote. Started by
// tokenizer_files.py, or alone:
//
//     node reference/tokenizer_files.mjs PEERS DIRECTORY
//
// PEERS is a folder outside the project whose node_modules hold the packages (npm install --prefix PEERS --ignore-scripts
// @huggingface/transformers@4). Prints JSON: for each package the texts of DIRECTORY/ids.jsonl whose ids are others.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [peers, directory] = process.argv.slice(2).map((given) => path.resolve(given));
const require = createRequire(path.join(peers, "package.json"));
const read = (name) => readFileSync(path.join(directory, name), "utf8");
const examples = read("ids.jsonl")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

async function transformersJs() {
  const { AutoTokenizer, env } = require("@huggingface/transformers");
  const settings = { allowRemoteModels: false, allowLocalModels: true, localModelPath: path.dirname(directory) };
  Object.assign(env, settings);
  const tokenizer = await AutoTokenizer.from_pretrained(path.basename(directory));
  return (text) => Array.from(tokenizer(text).input_ids.data, Number);
}

function tokenizersJs() {
  const { Tokenizer } = require("@huggingface/tokenizers");
  const tokenizer = new Tokenizer(JSON.parse(read("tokenizer.json")), JSON.parse(read("tokenizer_config.json")));
  return (text) => tokenizer.encode(text).ids;
}

const report = {};
for (const [name, open] of [
  ["@huggingface/transformers", transformersJs],
  ["@huggingface/tokenizers", tokenizersJs],
]) {
  try {
    require.resolve(name);
  } catch {
    continue;
  }
  const idsOf = await open();
  const other = examples.filter(({ text, ids }) => idsOf(text).join() !== ids.join());
  report[name] = { texts: examples.length, other: other.map(({ text, ids }) => ({ text, ids, theirs: idsOf(text) })) };
}
process.stdout.write(`${JSON.stringify(report)}\n`);
