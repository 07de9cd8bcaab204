// `biobert convert`: a model directory in another format: ONNX files beside its settings, full precision or quantised, for ONNX
// Runtime anywhere, transformers.js among it; or its weights as safetensors, as PyTorch's or as TensorFlow's file.

import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import { type FileContent, readBytes, readModelFiles, writeDirectoryAtomic } from "../data/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { type ModelPlaceOptions, modelPlaces, warnOnce, withModelPlaces } from "./options.ts";
import { print } from "./output.ts";
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
  biobert convert my-model my-model-web --to onnx --precision fp32 int8
  biobert convert biobert_v1.1_pubmed.tar.gz biobert-v1.1 --to safetensors

int8 stores weights as 8-bit integers (a quarter of the size, faster); check its scores with
  biobert evaluate ner --model my-model-int8 --data test.tsv`;

/** Small files that are carried along as they are, where a directory has them. */
const CARRIED = ["special_tokens_map.json", "tokenizer.json"];

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerConvert(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withModelPlaces(program.command("convert"))
    .description("write a model in another format")
    .argument("<IN>", "model: a directory, a file of weights, or a .tar.gz archive")
    .argument("<OUT>", "directory to write; it must not exist or be empty")
    .addOption(new Option("--to <FORMAT>", "format to write").choices(["onnx", "safetensors", "torch", "tensorflow"]).makeOptionMandatory())
    .addOption(new Option("--precision <P...>", "of the weights in ONNX files").choices(["fp32", "int8"]).default(["int8"]))
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
  const room = await context.rooms.inference();
  const model = await readModelFiles(from, modelPlaces(options));
  for (const note of model.notes) warnOnce(context)(note);
  const files: Record<string, FileContent> = {};
  for (const name of CARRIED) {
    const bytes = await readBytes(`${from}/${name}`).catch((error: unknown) => {
      const absent = error instanceof BiobertError && ["file-not-found", "file-unreadable"].includes(error.code);
      if (absent) return undefined;
      throw error;
    });
    if (bytes !== undefined) files[name] = bytes;
  }
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  files["config.json"] = json({ model_type: "bert", ...model.config });
  files["vocab.txt"] = model.vocabulary;
  // What said nothing of the casing says it from here on.
  files["tokenizer_config.json"] = json(model.tokenizerConfig);
  const manifest = {
    formatVersion: 1,
    ...(options.name === undefined ? {} : { name: options.name }),
    heads: (model.manifest?.heads ?? []).map((head) => ({
      ...head,
      ...(options.corpus === undefined ? {} : { corpus: options.corpus }),
    })),
  };
  files["biobert.json"] = json(manifest);
  if (options.card !== undefined) files["README.md"] = await readBytes(options.card);
  const lines: string[] = [];
  if (options.to !== "onnx") {
    const weights = await room.convertWeights(from, options.to, { ...modelPlaces(options), warn: warnOnce(context) });
    for (const [name, chunks] of Object.entries(weights)) {
      files[name] = chunks;
      lines.push(`${to}/${name}  ${formatBytes(chunks.reduce((sum, { length }) => sum + length, 0))}`);
    }
  }
  for (const precision of options.to === "onnx" ? options.precision : []) {
    const bytes = await room.exportOnnx(from, precision, modelPlaces(options));
    files[room.ONNX_FILES[precision]] = bytes;
    lines.push(`${to}/${room.ONNX_FILES[precision]}  ${formatBytes(bytes.length)}`);
  }
  await writeDirectoryAtomic(to, files);
  await print(context.stdout, `${lines.join("\n")}\n`);
  return EXIT.done;
}
