// Checkpoint compatibility is data: our parameter names, those of a Hugging Face BERT (and its first releases' `gamma` and
// `beta`), and those of Google's TensorFlow BERT, as one table that reads both ways.

type Kind =
  /** A linear layer: TensorFlow's `kernel` is the transpose of our weight. */
  | "linear"
  | "norm"
  /** An embedding table, which has no suffix in TensorFlow. */
  | "table"
  /** A last layer that TensorFlow holds as `output_weights`, not transposed, and `output_bias`. */
  | "output"
  /** The bias of a layer whose weight is the embedding table. */
  | "bias";

/** Our name, Hugging Face's, the kind, and TensorFlow's where it is not Hugging Face's with slashes. `{n}` is a layer. */
const TABLE: [string, string, Kind, string?][] = [
  ["embeddings.word", "bert.embeddings.word_embeddings", "table"],
  ["embeddings.position", "bert.embeddings.position_embeddings", "table"],
  ["embeddings.tokenType", "bert.embeddings.token_type_embeddings", "table"],
  ["embeddings.norm", "bert.embeddings.LayerNorm", "norm"],
  ["layers.{n}.attention.query", "bert.encoder.layer.{n}.attention.self.query", "linear"],
  ["layers.{n}.attention.key", "bert.encoder.layer.{n}.attention.self.key", "linear"],
  ["layers.{n}.attention.value", "bert.encoder.layer.{n}.attention.self.value", "linear"],
  ["layers.{n}.attention.output.dense", "bert.encoder.layer.{n}.attention.output.dense", "linear"],
  ["layers.{n}.attention.output.norm", "bert.encoder.layer.{n}.attention.output.LayerNorm", "norm"],
  ["layers.{n}.feedForward.intermediate", "bert.encoder.layer.{n}.intermediate.dense", "linear"],
  ["layers.{n}.feedForward.output.dense", "bert.encoder.layer.{n}.output.dense", "linear"],
  ["layers.{n}.feedForward.output.norm", "bert.encoder.layer.{n}.output.LayerNorm", "norm"],
  ["pooler", "bert.pooler.dense", "linear"],
  ["head.predictions.transform.dense", "cls.predictions.transform.dense", "linear"],
  ["head.predictions.transform.norm", "cls.predictions.transform.LayerNorm", "norm"],
  ["head.predictions", "cls.predictions", "bias"],
  ["head.nextSentence", "cls.seq_relationship", "output"],
  ["head.span", "qa_outputs", "output", "cls/squad"],
  ["head.classifier", "classifier", "output", ""],
];

/** Suffix here and at Hugging Face, at its first releases, in TensorFlow. */
const SUFFIXES: Record<Kind, [string, string, string][]> = {
  linear: [
    ["weight", "weight", "kernel"],
    ["bias", "bias", "bias"],
  ],
  norm: [
    ["weight", "gamma", "gamma"],
    ["bias", "beta", "beta"],
  ],
  table: [["weight", "weight", ""]],
  output: [
    ["weight", "weight", "output_weights"],
    ["bias", "bias", "output_bias"],
  ],
  bias: [["bias", "bias", "output_bias"]],
};

interface Row {
  ours: string;
  huggingFace: string;
  tensorFlow: string;
  /** Whether TensorFlow holds the transpose. */
  transposed: boolean;
}

/** A tensor of a checkpoint that BERT knows. */
export interface KnownTensor {
  /** Our name of it. */
  name: string;
  /** Whether the checkpoint holds the transpose of our matrix. */
  transposed: boolean;
}

const byOurs = new Map<string, Row>();
const byTheirs = new Map<string, { row: Row; transposed: boolean }>();
for (const [ours, huggingFace, kind, other] of TABLE) {
  const stem = other ?? huggingFace.replace("layer.{n}", "layer_{n}").replaceAll(".", "/");
  for (const [suffix, old, tensorFlowSuffix] of SUFFIXES[kind]) {
    const row: Row = {
      ours: `${ours}.${suffix}`,
      huggingFace: `${huggingFace}.${suffix}`,
      tensorFlow: [stem, tensorFlowSuffix].filter((part) => part !== "").join("/"),
      transposed: tensorFlowSuffix === "kernel",
    };
    byOurs.set(row.ours, row);
    for (const name of [row.huggingFace, `${huggingFace}.${old}`]) {
      for (const form of [name, name.replace(/^bert\./, "")]) byTheirs.set(form, { row, transposed: false });
    }
    for (const form of [row.tensorFlow, row.tensorFlow.replace(/^bert\//, "")])
      byTheirs.set(form, { row, transposed: row.transposed });
  }
}

/** A name with its layer's number taken out, and what puts it into another name. */
function withoutLayer(name: string, layer: RegExp): { pattern: string; fill: (other: string) => string } {
  const number = layer.exec(name)?.[2];
  if (number === undefined) return { pattern: name, fill: (other) => other };
  return { pattern: name.replace(layer, "$1{n}$3"), fill: (other) => other.replace("{n}", number) };
}

const OUR_LAYER = /^(layers\.)(\d+)(\.)/;
const THEIR_LAYER = /^((?:bert[./])?encoder[./]layer[._])(\d+)([./])/;

/** The Hugging Face name of one of our parameters; undefined for a parameter that BERT does not have. */
export function toHuggingFaceName(name: string): string | undefined {
  const { pattern, fill } = withoutLayer(name, OUR_LAYER);
  const row = byOurs.get(pattern);
  return row === undefined ? undefined : fill(row.huggingFace);
}

/** TensorFlow's name of one of our parameters, and whether it holds the transpose; undefined as in `toHuggingFaceName`. */
export function toTensorFlowName(name: string): KnownTensor | undefined {
  const { pattern, fill } = withoutLayer(name, OUR_LAYER);
  const row = byOurs.get(pattern);
  return row === undefined ? undefined : { name: fill(row.tensorFlow), transposed: row.transposed };
}

/**
 * What a checkpoint's tensor is by its name, as Hugging Face writes and wrote it or as TensorFlow does, with or without the
 * prefix `bert`; undefined for one that BERT does not have.
 */
export function fromCheckpointName(name: string): KnownTensor | undefined {
  const { pattern, fill } = withoutLayer(name, THEIR_LAYER);
  const known = byTheirs.get(pattern);
  return known === undefined ? undefined : { name: fill(known.row.ours), transposed: known.transposed };
}

/** Tensors that hold no weights: positions kept as buffers, and what TensorFlow's optimiser and its loops keep. */
const PASSED_OVER =
  /(^|[./])embeddings\.(position|token_type)_ids$|\/(adam|lamb)_[mv]$|^(global_step|loss_scale|good_steps)$/;

/** Whether a checkpoint's tensor carries no weights and is passed over without a word. */
export function isBufferName(name: string): boolean {
  return PASSED_OVER.test(name);
}

/** Tensors that are another one once more: theirs, and our name of that other one. */
const TIED = new Map([
  ["cls.predictions.decoder.weight", "embeddings.word.weight"],
  ["cls.predictions.decoder.bias", "head.predictions.bias"],
]);

/**
 * Our name for the parameter that a checkpoint's tensor is tied to: the decoder of the masked language model is the
 * embedding table, so `transformers` leaves it out of what it saves and ignores it where it is there.
 */
export function tiedParameterName(name: string): string | undefined {
  return TIED.get(name);
}

/** Whether a tensor belongs to one of BERT's heads or its pooler. */
export function isHeadName(name: string): boolean {
  return TIED.has(name) || /^(head|pooler)\./.test(fromCheckpointName(name)?.name ?? "");
}
