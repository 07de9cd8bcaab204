// Makes a model directory that every side of the annotation benchmarks reads: weights in fp32, the ONNX exports in fp32 and
// int8 as `biobert` makes them, and a tokenizer.json, which transformers.js needs.
//
//     model-directory.mjs MODEL OUT        MODEL: a fine-tuned directory with model.safetensors

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readModelFiles } from "../../src/data/index.ts";
import { exportOnnx, ONNX_FILES } from "../../src/inference/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, type TokenizerOptions } from "../../src/tokenizer/index.ts";

const NAMES = ["config.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json", "biobert.json"];

/** The description of a WordPiece tokenizer in the format of Hugging Face's `tokenizers` library. */
function tokenizerJson(vocabulary: Vocabulary, options: TokenizerOptions, maxLength: number): unknown {
  const { pieces, padId, unknownId, clsId, sepId, maskId } = vocabulary;
  const special = (id: number) => ({
    id,
    content: pieces[id],
    special: true,
    normalized: false,
    single_word: false,
    lstrip: false,
    rstrip: false,
  });
  const mark = (id: number) => ({ SpecialToken: { id: pieces[id], type_id: 0 } });
  const sequence = (id: string) => ({ Sequence: { id, type_id: 0 } });
  const described = (id: number) => [pieces[id]!, { id: pieces[id], ids: [id], tokens: [pieces[id]] }];
  return {
    version: "1.0",
    truncation: { direction: "Right", max_length: maxLength, strategy: "LongestFirst", stride: 0 },
    padding: null,
    added_tokens: [padId, unknownId, clsId, sepId, maskId].sort((a, b) => a - b).map(special),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: options.chineseCharacters ?? true,
      strip_accents: options.stripAccents ?? null,
      lowercase: options.lowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [mark(clsId), sequence("A"), mark(sepId)],
      pair: [
        mark(clsId),
        sequence("A"),
        mark(sepId),
        { Sequence: { id: "B", type_id: 1 } },
        { SpecialToken: { id: pieces[sepId], type_id: 1 } },
      ],
      special_tokens: Object.fromEntries([clsId, sepId].map(described)),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: pieces[unknownId],
      continuing_subword_prefix: "##",
      max_input_chars_per_word: options.maxWordCharacters ?? 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  };
}

const [source, target] = process.argv.slice(2) as [string, string];
const files = await readModelFiles(source);
mkdirSync(join(target, "onnx"), { recursive: true });
for (const name of NAMES) if (existsSync(join(source, name))) copyFileSync(join(source, name), join(target, name));
copyFileSync(files.weightsPath ?? join(source, "model.safetensors"), join(target, "model.safetensors"));
writeFileSync(join(target, ONNX_FILES.fp32), await exportOnnx(source, "fp32"));
if (files.quantizedPath === undefined) writeFileSync(join(target, ONNX_FILES.int8), await exportOnnx(source, "int8"));
else copyFileSync(files.quantizedPath, join(target, ONNX_FILES.int8));
if (existsSync(join(source, "tokenizer.json"))) {
  writeFileSync(join(target, "tokenizer.json"), readFileSync(join(source, "tokenizer.json")));
} else {
  const options = tokenizerOptionsFromConfig(files.tokenizerConfig);
  const longest = Number(files.config["max_position_embeddings"] ?? 512);
  const described = tokenizerJson(Vocabulary.fromText(files.vocabulary), options, longest);
  writeFileSync(join(target, "tokenizer.json"), JSON.stringify(described));
}
