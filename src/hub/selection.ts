// Which files of a repository a model needs: its settings, its vocabulary and one set of weights, the best that is there.
// The rest (other frameworks' copies of the same weights, examples, training states) stays on the hub.

import { BiobertError } from "../core/index.ts";
import { isSafePath } from "./names.ts";

/** Small files, taken where the repository has them. */
export const SETTINGS_FILES: readonly string[] = [
  "config.json",
  "bert_config.json",
  "vocab.txt",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "biobert.json",
];

export type WeightsKind = "safetensors" | "sharded safetensors" | "torch" | "sharded torch" | "tensorflow" | "onnx";

interface WeightsForm {
  kind: WeightsKind;
  /** The file that says that these weights are there; for TensorFlow any name that matches. */
  key: RegExp;
  /** The files that belong to a key, as a pattern over all names. */
  parts?: (key: string) => RegExp;
  /** Whether the key is an index that names the parts. */
  indexed?: boolean;
}

/** Forms of weights, best first: safetensors cannot run code and loads fastest, TensorFlow's is the first release's. */
const FORMS: readonly WeightsForm[] = [
  { kind: "safetensors", key: /^model\.safetensors$/ },
  {
    kind: "sharded safetensors",
    key: /^model\.safetensors\.index\.json$/,
    parts: () => /^model-\d{5}-of-\d{5}\.safetensors$/,
    indexed: true,
  },
  { kind: "torch", key: /^pytorch_model\.bin$/ },
  {
    kind: "sharded torch",
    key: /^pytorch_model\.bin\.index\.json$/,
    parts: () => /^pytorch_model-\d{5}-of-\d{5}\.bin$/,
    indexed: true,
  },
  {
    kind: "tensorflow",
    key: /^[A-Za-z0-9._-]+\.ckpt(?:-\d+)?\.index$/,
    parts: (key) => {
      const stem = key.slice(0, -".index".length).replaceAll(/[.]/g, "\\.");
      return new RegExp(`^${stem}\\.data-\\d{5}-of-\\d{5}$`);
    },
  },
  { kind: "onnx", key: /^onnx\/model_quantized\.onnx$/ },
  { kind: "onnx", key: /^onnx\/model\.onnx$/ },
  { kind: "onnx", key: /^onnx\/model_fp16\.onnx$/ },
];

export interface Weights {
  kind: WeightsKind;
  files: string[];
  /** The index that names the shards, where there is one. */
  index: string | undefined;
}

/** Every set of weights in a list of file names, best first; shards and data files come with their key. */
export function weightsIn(names: readonly string[]): Weights[] {
  return FORMS.flatMap(({ kind, key, parts, indexed }) => {
    const found = names.find((name) => key.test(name));
    if (found === undefined) return [];
    const pattern = parts?.(found);
    const files = pattern === undefined ? [] : names.filter((name) => pattern.test(name));
    if (pattern !== undefined && files.length === 0) return [];
    return [{ kind, files: [found, ...files], index: indexed === true ? found : undefined }];
  });
}

export interface Selection {
  files: string[];
  weights: Weights;
}

/**
 * The files to take from a repository's listing: the small ones first, then the weights.
 * @throws BiobertError `model-missing` when there is no configuration, no vocabulary, or no weights that can be read.
 */
export function selectFiles(listing: readonly string[], model: string): Selection {
  const names = listing.filter(isSafePath);
  const settings = SETTINGS_FILES.filter((file) => names.includes(file));
  const lacking = (what: string, hint?: string): never => {
    throw new BiobertError({ code: "model-missing", message: `${model} on the hub has ${what}`, hint });
  };
  if (!hasSettings(settings))
    lacking("no config.json with a vocab.txt or tokenizer.json: it is not a BERT model's repository");
  const [weights] = weightsIn(names);
  if (weights !== undefined) return { files: [...settings, ...weights.files, ...headFiles(names, weights)], weights };
  const others = names.filter((name) => /\.(?:h5|msgpack|ot|gguf|onnx|pt|tar\.gz|zip)$/.test(name)).slice(0, 5);
  const hint =
    others.length === 0
      ? undefined
      : `What it has, ${others.join(", ")}, cannot be read here: look for another conversion of it.`;
  return lacking("no weights in safetensors, PyTorch's or TensorFlow 1's form", hint);
}

/** What several heads on one encoder have beside the first: files of tensors, or with ONNX files a directory each. */
function headFiles(names: readonly string[], { kind, files }: Weights): string[] {
  if (kind !== "onnx") return names.filter((name) => /^heads\/[^/]+\.safetensors$/.test(name));
  const wanted = [...SETTINGS_FILES, ...files];
  return names.filter((name) => {
    const [, own] = /^heads\/[^/]+\/(.+)$/.exec(name) ?? [];
    return own !== undefined && wanted.includes(own);
  });
}

/** Whether these names hold a configuration and a vocabulary. */
export function hasSettings(names: readonly string[]): boolean {
  const has = (...files: string[]): boolean => files.some((file) => names.includes(file));
  return has("config.json", "bert_config.json") && has("vocab.txt", "tokenizer.json");
}
