// What transformers.js makes of a directory that `biobert convert --to onnx` wrote. Started by onnx_precisions.py:
//
//     node reference/onnx_precisions.mjs PEERS FOLDER NAME HEAD FEEDS
//
// FOLDER/NAME is the directory, HEAD the head's name, FEEDS a JSON file {input: {dims, data}}. Prints, as JSON, the results of
// each precision by name.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [peers, folder, name, head, feedsFile] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(peers), "package.json"));
const transformers = require("@huggingface/transformers");
const { env, Tensor } = transformers;
Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: path.resolve(folder) });

const CLASSES = {
  "token-classification": transformers.AutoModelForTokenClassification,
  "sequence-classification": transformers.AutoModelForSequenceClassification,
  "question-answering": transformers.AutoModelForQuestionAnswering,
  "multi-label": transformers.AutoModelForSequenceClassification,
  regression: transformers.AutoModelForSequenceClassification,
};
const DTYPES = { fp32: "fp32", fp16: "fp16", int8: "q8" };

const feeds = JSON.parse(readFileSync(feedsFile, "utf8"));
const inputs = Object.fromEntries(
  Object.entries(feeds).map(([key, { dims, data }]) => [
    key,
    new Tensor("int64", BigInt64Array.from(data, BigInt), dims),
  ]),
);
const results = {};
for (const [precision, dtype] of Object.entries(DTYPES)) {
  const model = await CLASSES[head].from_pretrained(name, { dtype, device: "cpu" });
  const outputs = await model(inputs);
  const tensors = Object.entries(outputs).filter(([, value]) => value instanceof Tensor);
  results[precision] = Object.fromEntries(tensors.map(([key, { dims, data }]) => [key, { dims, data: [...data] }]));
  await model.dispose();
}
process.stdout.write(JSON.stringify({ version: env.version, results }));
