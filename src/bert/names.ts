// Checkpoint compatibility is data: our parameter names and those of a Hugging Face BERT checkpoint, both ways.

const LAYER_PARTS: [string, string][] = [
  ["attention.query", "attention.self.query"],
  ["attention.key", "attention.self.key"],
  ["attention.value", "attention.self.value"],
  ["attention.output.dense", "attention.output.dense"],
  ["attention.output.norm", "attention.output.LayerNorm"],
  ["feedForward.intermediate", "intermediate.dense"],
  ["feedForward.output.dense", "output.dense"],
  ["feedForward.output.norm", "output.LayerNorm"],
];

const FIXED: [string, string][] = [
  ["embeddings.word", "bert.embeddings.word_embeddings"],
  ["embeddings.position", "bert.embeddings.position_embeddings"],
  ["embeddings.tokenType", "bert.embeddings.token_type_embeddings"],
  ["embeddings.norm", "bert.embeddings.LayerNorm"],
  ["pooler", "bert.pooler.dense"],
  ["head.classifier", "classifier"],
  ["head.span", "qa_outputs"],
  ["head.predictions", "cls.predictions"],
  ["head.predictions.transform.dense", "cls.predictions.transform.dense"],
  ["head.predictions.transform.norm", "cls.predictions.transform.LayerNorm"],
  ["head.nextSentence", "cls.seq_relationship"],
];

/** Tensors that are another one once more: theirs, and our name of that other one. */
const TIED = new Map([
  ["cls.predictions.decoder.weight", "embeddings.word.weight"],
  ["cls.predictions.decoder.bias", "head.predictions.bias"],
]);

/** Tensors of published checkpoints that hold no weights. */
const IGNORED = /(^|\.)embeddings\.position_ids$/;

/** What the tensors of a brick are called, here and there. */
const SUFFIX = /\.(weight|bias)$/;

/** The Hugging Face name of one of our parameters; undefined for a parameter that BERT does not have. */
export function toHuggingFaceName(name: string): string | undefined {
  const suffix = SUFFIX.exec(name)?.[0];
  if (suffix === undefined) return undefined;
  const stem = name.slice(0, -suffix.length);
  const fixed = FIXED.find(([ours]) => ours === stem);
  if (fixed !== undefined) return fixed[1] + suffix;
  const layer = /^layers\.(\d+)\.(.+)$/.exec(stem);
  const part = LAYER_PARTS.find(([ours]) => ours === layer?.[2]);
  return part === undefined ? undefined : `bert.encoder.layer.${layer![1]}.${part[1]}${suffix}`;
}

/** Our name for a tensor of a checkpoint, with or without its `bert.` prefix; undefined for one we do not know. */
export function fromHuggingFaceName(name: string): string | undefined {
  const suffix = SUFFIX.exec(name)?.[0];
  if (suffix === undefined) return undefined;
  const stem = name.slice(0, -suffix.length).replace(/^bert\./, "");
  const fixed = FIXED.find(([, theirs]) => theirs.replace(/^bert\./, "") === stem);
  if (fixed !== undefined) return fixed[0] + suffix;
  const layer = /^encoder\.layer\.(\d+)\.(.+)$/.exec(stem);
  const part = LAYER_PARTS.find(([, theirs]) => theirs === layer?.[2]);
  return part === undefined ? undefined : `layers.${layer![1]}.${part[0]}${suffix}`;
}

/**
 * Our name for the parameter that a checkpoint's tensor is tied to: the decoder of the masked language model is the
 * embedding table, so `transformers` leaves it out of what it saves and ignores it where it is there.
 */
export function tiedParameterName(name: string): string | undefined {
  return TIED.get(name);
}

/** Whether a checkpoint's tensor carries no weights and is passed over without a word. */
export function isBufferName(name: string): boolean {
  return IGNORED.test(name);
}
