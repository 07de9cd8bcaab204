// `biobert convert`: a model directory with ONNX files beside its settings, full precision or quantised, for ONNX Runtime
// anywhere, transformers.js among it.

import { dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import {
  type FileContent,
  type ModelManifest,
  ensureDirectory,
  readBytes,
  readModelFiles,
  refuseTaken,
  writeDirectoryAtomic,
} from "../data/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { print } from "./output.ts";
import type { OnnxPrecision } from "./rooms.ts";
import { formatBytes } from "./terminal.ts";

interface ConvertOptions {
  to: "onnx";
  precision: OnnxPrecision[];
  card?: string;
  name?: string;
  corpus?: string;
}

const EXAMPLES = `
Examples:
  biobert convert my-model my-model-int8 --to onnx --precision int8
  biobert convert my-model my-model-web --to onnx --precision fp32 int8

int8 stores weights as 8-bit integers (a quarter of the size, faster); check its scores with
  biobert evaluate ner --model my-model-int8 --data test.tsv`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerConvert(program: Command, context: CommandContext, finish: (code: number) => void): void {
  program
    .command("convert")
    .description("write a fine-tuned model in another format")
    .argument("<IN>", "model directory with model.safetensors")
    .argument("<OUT>", "directory to write; it must not exist or be empty")
    .addOption(new Option("--to <FORMAT>", "format to write").choices(["onnx"]).makeOptionMandatory())
    .addOption(new Option("--precision <P...>", "of the weights").choices(["fp32", "int8"]).default(["int8"]))
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
  const room = await context.rooms.inference();
  const { parseBertConfig, parseLabels } = await import("../bert/index.ts");
  const { tokenizerFiles, tokenizerOptionsFromConfig } = await import("../tokenizer/index.ts");
  const model = await readModelFiles(from);
  const { maxPositions } = parseBertConfig(model.config, `${from}/config.json`);
  const files: Record<string, FileContent> = {
    "config.json": await readBytes(`${from}/config.json`),
    ...tokenizerFiles(model.vocabulary, tokenizerOptionsFromConfig(model.tokenizerConfig), maxPositions),
  };
  const labels = parseLabels(model.config, `${from}/config.json`);
  const manifest: ModelManifest = {
    ...(model.manifest ?? { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels }] }),
    ...(options.name === undefined ? {} : { name: options.name }),
  };
  manifest.heads = manifest.heads.map((head) => ({
    ...head,
    ...(options.corpus === undefined ? {} : { corpus: options.corpus }),
  }));
  files["biobert.json"] = `${JSON.stringify(manifest, undefined, 2)}\n`;
  if (options.card !== undefined) files["README.md"] = await readBytes(options.card);
  const lines: string[] = [];
  for (const precision of new Set(options.precision)) {
    const bytes = await room.exportOnnx(from, precision);
    files[room.ONNX_FILES[precision]] = bytes;
    lines.push(`${to}/${room.ONNX_FILES[precision]}  ${formatBytes(bytes.length)}`);
  }
  await ensureDirectory(dirname(to));
  await writeDirectoryAtomic(to, files);
  await print(context.stdout, `${lines.join("\n")}\n`);
  return EXIT.done;
}
