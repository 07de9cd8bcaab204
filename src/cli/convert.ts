// `biobert convert`: a model directory with ONNX files beside its settings, full precision or quantised, for ONNX Runtime
// anywhere, transformers.js among it.

import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import { type FileContent, readBytes, readModelFiles, writeDirectoryAtomic } from "../data/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { print } from "./output.ts";
import { resolveModelArgument } from "./pull.ts";
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

/** The small files that every model directory carries along. */
const CARRIED = ["config.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.json"];

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerConvert(program: Command, context: CommandContext, finish: (code: number) => void): void {
  program
    .command("convert")
    .description("write a fine-tuned model in another format")
    .argument("<IN>", "model directory with model.safetensors, or name on a hub")
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
  const source = await resolveModelArgument(from, context);
  const room = await context.rooms.inference();
  const model = await readModelFiles(source);
  const files: Record<string, FileContent> = {};
  for (const name of CARRIED) {
    const bytes = await readBytes(`${source}/${name}`).catch((error: unknown) => {
      if (error instanceof BiobertError && error.code === "file-not-found") return undefined;
      throw error;
    });
    if (bytes !== undefined) files[name] = bytes;
  }
  const manifest = {
    formatVersion: 1,
    ...(options.name === undefined ? {} : { name: options.name }),
    heads: (model.manifest?.heads ?? []).map((head) => ({
      ...head,
      ...(options.corpus === undefined ? {} : { corpus: options.corpus }),
    })),
  };
  files["biobert.json"] = `${JSON.stringify(manifest, undefined, 2)}\n`;
  if (options.card !== undefined) files["README.md"] = await readBytes(options.card);
  const lines: string[] = [];
  for (const precision of options.precision) {
    const bytes = await room.exportOnnx(source, precision);
    files[room.ONNX_FILES[precision]] = bytes;
    lines.push(`${to}/${room.ONNX_FILES[precision]}  ${formatBytes(bytes.length)}`);
  }
  await writeDirectoryAtomic(to, files);
  await print(context.stdout, `${lines.join("\n")}\n`);
  return EXIT.done;
}
