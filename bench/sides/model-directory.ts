// Makes a model directory that every side of the annotation benchmarks reads: weights in fp32, the ONNX exports in fp32 and
// int8 and the tokenizer's files as `biobert` makes them.
//
//     model-directory.mjs MODEL OUT        MODEL: a fine-tuned directory with model.safetensors

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseBertConfig } from "../../src/bert/index.ts";
import { readModelFiles } from "../../src/data/index.ts";
import { exportOnnx, ONNX_FILES } from "../../src/inference/index.ts";
import { tokenizerFiles, tokenizerOptionsFromConfig } from "../../src/tokenizer/index.ts";

const NAMES = ["config.json", "biobert.json"];

const [source, target] = process.argv.slice(2) as [string, string];
const files = await readModelFiles(source);
mkdirSync(join(target, "onnx"), { recursive: true });
for (const name of NAMES) if (existsSync(join(source, name))) copyFileSync(join(source, name), join(target, name));
copyFileSync(files.weightsPath ?? join(source, "model.safetensors"), join(target, "model.safetensors"));
writeFileSync(join(target, ONNX_FILES.fp32), await exportOnnx(source, "fp32"));
if (files.quantizedPath === undefined) writeFileSync(join(target, ONNX_FILES.int8), await exportOnnx(source, "int8"));
else copyFileSync(files.quantizedPath, join(target, ONNX_FILES.int8));
const { maxPositions } = parseBertConfig(files.config);
const described = tokenizerFiles(files.vocabulary, tokenizerOptionsFromConfig(files.tokenizerConfig), maxPositions);
for (const [name, content] of Object.entries(described)) writeFileSync(join(target, name), content);
