// From a checkpoint's tensors to a model's parameters, and back. Every mismatch has a name: missing, unexpected, wrong
// shape, not finite.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { initialTensor, type ParameterSpec } from "../nn/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { fromHuggingFaceName, isBufferName, tiedParameterName, toHuggingFaceName } from "./names.ts";
import { HEAD_PREFIX } from "./model.ts";

export interface LoadOptions {
  file?: string;
  warn?: WarningSink;
  /** How to start a head that the checkpoint does not have; without it, a missing head is an error. */
  initialize?: { seed: number; deviation: number };
}

/** The parameters of the masked language model's head, whose decoder is the embedding table. */
const DECODER_PREFIX = `${HEAD_PREFIX}predictions.`;

/** Whether a parameter may be absent: an encoder trained on words alone has no pooler. */
function isHead(name: string): boolean {
  return name.startsWith(HEAD_PREFIX) || name.startsWith("pooler.");
}

function sameNumbers(a: HostTensor, b: HostTensor): boolean {
  return a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);
}

/**
 * Picks a model's parameters out of a checkpoint. Encoder weights must be there; a head, or the pooler, may be
 * initialised instead. A decoder that is tied to the embedding table may be there once more.
 * Tensors the model has no place for are named in a warning, except those that BERT's checkpoints carry for pre-training
 * (`cls.`) and for sentence pairs (the pooler).
 * @throws BiobertError `model-tensor` for a missing tensor or a wrong shape, `model-damaged` for NaN or infinity.
 */
export function loadParameters(
  specs: readonly ParameterSpec[],
  checkpoint: ReadonlyMap<string, HostTensor>,
  options: LoadOptions = {},
): Map<string, HostTensor> {
  const place = (name: string): { file?: string; name: string } => ({
    ...(options.file === undefined ? {} : { file: options.file }),
    name,
  });
  const found = new Map<string, { source: string; tensor: HostTensor }>();
  const unexpected: string[] = [];
  for (const [source, tensor] of checkpoint) {
    const name = fromHuggingFaceName(source);
    if (name !== undefined) found.set(name, { source, tensor });
    else if (tiedParameterName(source) === undefined && !isBufferName(source)) unexpected.push(source);
  }
  if (specs.some(({ name }) => name.startsWith(DECODER_PREFIX))) {
    for (const [source, tensor] of checkpoint) {
      const name = tiedParameterName(source);
      if (name === undefined) continue;
      const original = found.get(name);
      if (original === undefined) found.set(name, { source, tensor });
      else if (!sameNumbers(original.tensor, tensor)) {
        throw new BiobertError({
          code: "model-tensor",
          message: `${source} differs from ${original.source}, of which it must be a copy: only a tied decoder is supported`,
          place: place(source),
        });
      }
    }
  }
  const result = new Map<string, HostTensor>();
  const started: string[] = [];
  for (const spec of specs) {
    const entry = found.get(spec.name);
    const wanted = `[${spec.dims.join(", ")}]`;
    if (entry === undefined) {
      if (!isHead(spec.name) || options.initialize === undefined) {
        throw new BiobertError({
          code: "model-tensor",
          message: `the checkpoint has no tensor for ${toHuggingFaceName(spec.name) ?? spec.name} ${wanted}`,
          place: place(spec.name),
        });
      }
      started.push(spec.name);
      result.set(spec.name, initialTensor(spec, options.initialize.seed, options.initialize.deviation));
      continue;
    }
    const { source, tensor } = entry;
    if (
      tensor.dtype !== "float32" ||
      tensor.dims.length !== spec.dims.length ||
      tensor.dims.some((d, i) => d !== spec.dims[i])
    ) {
      if (spec.name.startsWith(HEAD_PREFIX) && options.initialize !== undefined) {
        started.push(`${spec.name} (the checkpoint's is [${tensor.dims.join(", ")}])`);
        result.set(spec.name, initialTensor(spec, options.initialize.seed, options.initialize.deviation));
        continue;
      }
      throw new BiobertError({
        code: "model-tensor",
        message: `${source} is ${tensor.dtype}[${tensor.dims.join(", ")}], the configuration asks for float32${wanted}`,
        place: place(source),
      });
    }
    const data = tensor.data as Float32Array;
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(data[i])) {
        throw new BiobertError({
          code: "model-damaged",
          message: `${source} holds ${String(data[i])} at element ${i}`,
          place: place(source),
        });
      }
    }
    result.set(spec.name, tensor);
  }
  if (started.length > 0) {
    options.warn?.({ code: "head-initialised", message: `not in the checkpoint, started anew: ${started.join(", ")}` });
  }
  const asked = new Set(specs.map((spec) => spec.name));
  for (const [name, { source }] of found) {
    if (!asked.has(name) && !name.startsWith("pooler.")) unexpected.push(source);
  }
  const unused = unexpected.filter((name) => !name.startsWith("cls."));
  if (unused.length > 0) {
    options.warn?.({ code: "tensors-unused", message: `in the checkpoint, not in the model: ${unused.join(", ")}` });
  }
  return result;
}

/** Parameters under their Hugging Face names. */
export function exportParameters(parameters: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const result = new Map<string, HostTensor>();
  for (const [name, tensor] of parameters) result.set(toHuggingFaceName(name) ?? name, tensor);
  return result;
}
