// `biobert convert`: a model directory in another format: ONNX files beside its settings, full precision or quantised, for ONNX
// Runtime anywhere, transformers.js among it; or its weights as safetensors, as PyTorch's or as TensorFlow's file.

import { dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import {
  type FileContent,
  type ModelFiles,
  type ModelManifest,
  ensureDirectory,
  readBytes,
  readModelFiles,
  refuseTaken,
  writeDirectoryAtomic,
} from "../data/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { MODEL_HELP, type ModelPlaceOptions, modelPlaces, warnOnce, withModelPlaces } from "./options.ts";
import { print } from "./output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { OnnxPrecision, WeightFormat } from "./rooms.ts";
import { formatBytes } from "./terminal.ts";

interface ConvertOptions extends ModelPlaceOptions {
  to: "onnx" | WeightFormat;
  precision: OnnxPrecision[];
  card?: string;
  name?: string;
  corpus?: string;
}

const EXAMPLES = `
Examples:
  biobert convert my-model my-model-int8 --to onnx --precision int8
  biobert convert my-model my-model-web --to onnx --precision fp32 fp16 int8
  biobert convert biobert_v1.1_pubmed.tar.gz biobert-v1.1 --to safetensors

int8 stores weights as 8-bit integers (a quarter of the size, faster on a processor); fp16 as half-precision numbers (half the
size, for GPUs: slower than fp32 on a processor). Check their scores with
  biobert evaluate ner --model my-model-int8 --data test.tsv`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerConvert(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withModelPlaces(program.command("convert"))
    .description("write a model in another format")
    .argument("<IN>", MODEL_HELP)
    .argument("<OUT>", "directory to write; it must not exist or be empty")
    .addOption(new Option("--to <FORMAT>", "format to write").choices(["onnx", "safetensors", "torch", "tensorflow"]).makeOptionMandatory())
    .addOption(new Option("--precision <P...>", "of the weights in ONNX files").choices(["fp32", "fp16", "int8"]).default(["int8"]))
    .option("--card <FILE>", "model card to put in as README.md")
    .option("--name <NAME>", "the model's name in its manifest")
    .option("--corpus <NAME>", "what it was trained on, in its manifest")
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, options: ConvertOptions) => {
      finish(await convert(from, to, options, context));
    });
}

async function convert(from: string, to: string, options: ConvertOptions, context: CommandContext): Promise<number> {
  if (resolve(from) === resolve(to)) {
    throw new BiobertError({ code: "usage", message: "IN and OUT are the same directory", place: { file: to } });
  }
  await refuseTaken(to);
  const source = await resolveModelArgument(from, context);
  const room = await context.rooms.inference();
  const { parseBertConfig } = await import("../bert/index.ts");
  const { tokenizerFiles, tokenizerOptionsFromConfig } = await import("../tokenizer/index.ts");
  const warn = warnOnce(context);
  const places = { ...modelPlaces(options), warn };
  const model = await readModelFiles(source, places);
  for (const note of model.notes) warn(note);
  const { maxPositions } = parseBertConfig(model.config, `${source}/config.json`);
  const files: Record<string, FileContent> = {
    "config.json": json({ model_type: "bert", ...model.config }),
    // What said nothing of the casing says it from here on.
    ...tokenizerFiles(model.vocabulary, tokenizerOptionsFromConfig(model.tokenizerConfig), maxPositions),
  };
  const manifest = await manifestOf(model, options);
  if (manifest !== undefined) files["biobert.json"] = json(manifest);
  if (options.card !== undefined) files["README.md"] = await readBytes(options.card);
  const lines: string[] = [];
  if (options.to !== "onnx") {
    const weights = await room.convertWeights(source, options.to, places);
    for (const [name, chunks] of Object.entries(weights)) {
      files[name] = chunks;
      lines.push(`${to}/${name}  ${formatBytes(chunks.reduce((sum, { length }) => sum + length, 0))}`);
    }
  }
  for (const precision of options.to === "onnx" ? new Set(options.precision) : []) {
    const bytes = await room.exportOnnx(source, precision, places);
    files[room.ONNX_FILES[precision]] = bytes;
    lines.push(`${to}/${room.ONNX_FILES[precision]}  ${formatBytes(bytes.length)}`);
  }
  await ensureDirectory(dirname(to));
  await writeDirectoryAtomic(to, files);
  await print(context.stdout, `${lines.join("\n")}\n`);
  return EXIT.done;
}

/**
 * The manifest that goes with the model: its own, or one that names the classifier's labels where an ONNX file or `--name` and
 * `--corpus` ask for one. A checkpoint without heads gets none of them.
 */
async function manifestOf(model: ModelFiles, { to, name, corpus }: ConvertOptions): Promise<ModelManifest | undefined> {
  if (model.manifest === undefined && to !== "onnx" && name === undefined && corpus === undefined) return undefined;
  const { headsOf } = await import("../inference/index.ts");
  const hasHead = to === "onnx" || "id2label" in model.config;
  const manifest: ModelManifest = model.manifest ?? { formatVersion: 1, heads: hasHead ? headsOf(model) : [] };
  const heads = manifest.heads.map((head) => ({ ...head, ...(corpus === undefined ? {} : { corpus }) }));
  return { ...manifest, ...(name === undefined ? {} : { name }), heads };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
