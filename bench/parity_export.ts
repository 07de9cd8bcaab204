// Writes a token classifier as a Hugging Face directory and what it makes of texts, for reference/parity_export.py to
// compare with what transformers makes of the same directory.
//
//     npx unrun bench/parity_export.ts MODEL OUT TEXTS.jsonl > logits.jsonl
//
// MODEL is a Hugging Face directory; a head that it lacks starts at random, far enough from zero to tell logits apart.
// The logits come from OUT as read back, one line {"text", "ids", "logits"} a text, `[ids][labels]` flat.

import { mkdirSync, readFileSync } from "node:fs";
import { classifierInputs, loadParameters, parseBertConfig, tokenClassifierForInference } from "../src/bert/index.ts";
import { readModelFiles, readTensors } from "../src/data/index.ts";
import { EngineSession } from "../src/engine/index.ts";
import { encodeOnnx } from "../src/graph/index.ts";
import { Vocabulary, WordPieceTokenizer } from "../src/tokenizer/index.ts";
import { writeModelFiles, writeWeights } from "../src/training/index.ts";

const [source, target, textsFile] = process.argv.slice(2) as [string, string, string];

/** The model in a directory: its graph, weights, labels and tokenizer. */
async function read(directory: string, initialize?: { seed: number; deviation: number }) {
  const files = await readModelFiles(directory);
  const config = parseBertConfig(files.config);
  const { tensors } = await readTensors(files.weightsPath!);
  const named = Object.values((files.config["id2label"] ?? {}) as Record<string, string>);
  const labels = tensors.has("classifier.weight") ? named : ["O", "B-Disease", "I-Disease"];
  const model = tokenClassifierForInference(config, labels.length);
  const weights = loadParameters(model.parameters, tensors, { initialize });
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase: files.lowerCase ?? true });
  return { files, config, labels, graph: model.graph, weights, tokenizer };
}

const start = await read(source, { seed: 1, deviation: 0.5 });
mkdirSync(target, { recursive: true });
await writeModelFiles(target, {
  config: start.config,
  head: { architecture: "BertForTokenClassification", labels: start.labels },
  vocabulary: start.files.vocabulary,
  tokenizerOptions: start.tokenizer.options,
  manifest: { formatVersion: 1, heads: [{ name: "disease", task: "ner", labels: start.labels }] },
});
await writeWeights(target, start.weights);

const { config, graph, weights, tokenizer } = await read(target);
const session = await EngineSession.create(encodeOnnx(graph, { weights }));
const { clsId, sepId } = tokenizer.vocabulary;
for (const line of readFileSync(textsFile, "utf8").split("\n")) {
  if (line === "") continue;
  const { text } = JSON.parse(line) as { text: string };
  const ids = [clsId, ...tokenizer.tokenize(text).ids.subarray(0, config.maxPositions - 2), sepId];
  const [inputIds, attentionMask] = [Int32Array.from(ids), new Int32Array(ids.length).fill(1)];
  const { logits } = await session.run(classifierInputs({ inputIds, attentionMask, batch: 1, sequence: ids.length }));
  process.stdout.write(`${JSON.stringify({ text, ids, logits: Array.from(logits!.data as Float32Array) })}\n`);
}
await session.release();
