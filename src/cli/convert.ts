// `biobert convert`: a model directory in another format: ONNX files beside its settings, full precision or quantised, for ONNX
// Runtime anywhere, transformers.js among it; or its weights as safetensors, as PyTorch's or as TensorFlow's file.

import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import {
  type FileContent,
  type ModelFiles,
  type ModelManifest,
  ensureDirectory,
  HEADS_FOLDER,
  readBytes,
  readModelFiles,
  refuseTaken,
  writeDirectoryAtomic,
} from "../data/index.ts";
import type { CommandContext } from "./common/context.ts";
import { EXIT } from "./common/errors.ts";
import { MODEL_HELP, type ModelPlaceOptions, modelPlaces, warnOnce, withModelPlaces } from "./common/options.ts";
import { print } from "./common/output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { OnnxPrecision, WeightFormat } from "./common/rooms.ts";
import { formatBytes } from "./common/terminal.ts";

interface ConvertOptions extends ModelPlaceOptions {
  to: "onnx" | WeightFormat;
  precision?: OnnxPrecision[];
  card?: string;
  name?: string;
  corpus?: string;
  head?: string;
}

const EXAMPLES = `
Examples:
  biobert convert my-model my-model-int8 --to onnx --precision int8
  biobert convert my-model my-model-web --to onnx --precision fp32 fp16 int8
  biobert convert biobert_v1.1_pubmed.tar.gz biobert-v1.1 --to safetensors
  biobert convert my-heads relations-web --to onnx --head relations

int8 stores weights as 8-bit integers (a quarter of the size, faster on a processor); fp16 as half-precision numbers (half the
size, for GPUs: slower than fp32 on a processor). Check their scores with
  biobert evaluate ner --model my-model-int8 --data test.tsv

Of several heads on one encoder each is an ONNX model with the encoder in it: the first lies in OUT as any model does, each other in
OUT/heads/NAME, which is a model directory by itself. --head NAME writes one alone, in any format.`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerConvert(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withModelPlaces(program.command("convert"))
    .description("write a model in another format")
    .argument("<IN>", MODEL_HELP)
    .argument("<OUT>", "directory to write; it must not exist or be empty")
    .addOption(
      new Option("--to <FORMAT>", "format to write")
        .choices(["onnx", "safetensors", "torch", "tensorflow"])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--precision <P...>", "of the weights in ONNX files (default: int8)").choices([
        "fp32",
        "fp16",
        "int8",
      ]),
    )
    .option("--card <FILE>", "model card to put in as README.md")
    .option("--name <NAME>", "the model's name in its manifest")
    .option("--corpus <NAME>", "what it was trained on, in its manifest")
    .option("--head <NAME>", "of a model with several heads: write this one alone, as a model of its own")
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, options: ConvertOptions) => {
      finish(await convert(from, to, options, context));
    });
}

/** A model directory to write: OUT itself, or that of a further head below it. */
interface Part {
  /** Before each file's name. */
  prefix: string;
  /** The head that is asked for by name. */
  head?: string;
  config: Record<string, unknown>;
  manifest: ModelManifest | undefined;
}

async function convert(from: string, to: string, options: ConvertOptions, context: CommandContext): Promise<number> {
  if (resolve(from) === resolve(to)) {
    throw new BiobertError({ code: "usage", message: "IN and OUT are the same directory", place: { file: to } });
  }
  if (options.precision !== undefined && options.to !== "onnx") {
    throw new BiobertError({
      code: "usage",
      message: `--precision is of ONNX files: weights as ${options.to} are written in full precision`,
      hint: "Leave --precision out, or write ONNX files with --to onnx.",
    });
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
  // What said nothing of the casing says it from here on.
  const tokenizer = tokenizerFiles(model.vocabulary, tokenizerOptionsFromConfig(model.tokenizerConfig), maxPositions);
  const files: Record<string, FileContent> = {};
  const sizes: [name: string, bytes: number][] = [];
  for (const { prefix, head, config, manifest } of await partsOf(model, options)) {
    const put = (name: string, content: FileContent): void => void (files[prefix + name] = content);
    put("config.json", json({ model_type: "bert", ...config }));
    for (const [name, content] of Object.entries(tokenizer)) put(name, content);
    if (manifest !== undefined) put("biobert.json", json(manifest));
    const which = { ...places, ...(head === undefined ? {} : { head }) };
    if (options.to !== "onnx") {
      for (const [name, chunks] of Object.entries(await room.convertWeights(source, options.to, which))) {
        put(name, chunks);
        sizes.push([prefix + name, chunks.reduce((sum, { length }) => sum + length, 0)]);
      }
      continue;
    }
    for (const precision of new Set<OnnxPrecision>(options.precision ?? ["int8"])) {
      const name = room.ONNX_FILES[precision];
      // Made when it is written: several heads in several precisions are more than should lie in memory at once.
      put(
        name,
        (async function* () {
          const bytes = await room.exportOnnx(source, precision, which);
          sizes.push([prefix + name, bytes.length]);
          yield bytes;
        })(),
      );
    }
  }
  if (options.to !== "onnx" && options.head === undefined) {
    // The tensors of further heads are safetensors whatever the encoder's are.
    for (const { file } of model.manifest?.heads ?? [])
      if (file !== undefined) files[file] = await readBytes(join(source, file));
  }
  if (options.card !== undefined) files["README.md"] = await readBytes(options.card);
  await ensureDirectory(dirname(to));
  await writeDirectoryAtomic(to, files);
  await print(context.stdout, sizes.map(([name, bytes]) => `${to}/${name}  ${formatBytes(bytes)}\n`).join(""));
  return EXIT.done;
}

/**
 * The directories to write: one, or for ONNX files of several heads one each.
 * @throws BiobertError `model-task` for a head that there is not, and those of reading what the heads are.
 */
async function partsOf(model: ModelFiles, options: ConvertOptions): Promise<Part[]> {
  const { configOfHead } = await import("../inference/index.ts");
  const manifest = await manifestOf(model, options);
  const heads = manifest?.heads ?? [];
  const alone = (name: string, prefix: string): Part => {
    // As a model of its own it has neither a file nor a folder beside another head's.
    const own = heads.filter((head) => head.name === name).map(({ file: _, folder: __, ...head }) => head);
    return { prefix, head: name, config: configOfHead(model, name), manifest: { ...manifest!, heads: own } };
  };
  if (options.head !== undefined) return [alone(options.head, "")];
  const further = options.to === "onnx" ? heads.filter(({ file }) => file !== undefined) : [];
  if (further.length === 0) return [{ prefix: "", config: model.config, manifest }];
  const placed = heads.map((head) => {
    if (!further.includes(head)) return head;
    const { file: _, ...others } = head;
    return { ...others, folder: `${HEADS_FOLDER}/${head.name}` };
  });
  return [
    { prefix: "", config: model.config, manifest: { ...manifest!, heads: placed } },
    ...further.map(({ name }) => alone(name, `${HEADS_FOLDER}/${name}/`)),
  ];
}

/**
 * The manifest that goes with the model: its own, or one that names the classifier's labels where an ONNX file or `--name` and
 * `--corpus` ask for one. A checkpoint without heads gets none of them.
 */
async function manifestOf(
  model: ModelFiles,
  { to, name, corpus, head: only }: ConvertOptions,
): Promise<ModelManifest | undefined> {
  const isAsked = to === "onnx" || name !== undefined || corpus !== undefined || only !== undefined;
  if (model.manifest === undefined && !isAsked) return undefined;
  const { headsOf } = await import("../inference/index.ts");
  const hasHead = to === "onnx" || "id2label" in model.config;
  const manifest: ModelManifest = model.manifest ?? { formatVersion: 1, heads: hasHead ? headsOf(model) : [] };
  const heads = manifest.heads.map((head) => ({ ...head, ...(corpus === undefined ? {} : { corpus }) }));
  return { ...manifest, ...(name === undefined ? {} : { name }), heads };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
