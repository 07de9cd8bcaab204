// From a checkpoint's tensors to a model's parameters, and back. Every mismatch has a name: missing, unexpected, twice there,
// wrong shape, not finite. Shapes are compared before anything is read or made, so a wrong configuration costs no memory.

import { BiobertError, type WarningSink } from "../core/index.ts";
import type { TensorInfo, TensorSource } from "../formats/index.ts";
import { initialTensor, type ParameterSpec } from "../nn/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { HEAD_PREFIX } from "./model.ts";
import { fromCheckpointName, isBufferName, isHeadName, tiedParameterName, toHuggingFaceName } from "./names.ts";

export interface LoadOptions {
  file?: string;
  warn?: WarningSink;
  /** How to start a head that the checkpoint does not have; without it, a missing head is an error. */
  initialize?: { seed: number; deviation: number };
  /** Starts the head anew although the checkpoint has one: it is another task's. Needs `initialize`. */
  freshHead?: boolean;
}

/** Where a parameter comes from: a tensor of the checkpoint, or nowhere yet. */
interface Match {
  spec: ParameterSpec;
  source: string | undefined;
  transposed: boolean;
}

/** A tensor that is there beside the one it is tied to. */
interface Copy {
  source: string;
  /** The parameter it must equal, and that one's tensor. */
  parameter: string;
  original: string;
}

/** What the tensors are to the model, by their names and shapes. */
interface Matches {
  parameters: Match[];
  copies: Copy[];
}

/** The parameters of the masked language model's head, whose decoder is the embedding table. */
const DECODER_PREFIX = `${HEAD_PREFIX}predictions.`;

/** How many names a message lists. */
const LISTED = 20;

/**
 * Picks a model's parameters out of a checkpoint in memory. Encoder weights must be there; a head, or the pooler, may be
 * initialised instead. A decoder that is tied to the embedding table may be there once more. Tensors the model has no place for are listed in warnings: `heads-unused` for BERT's other heads and pooler,
 * `tensors-unused` for what BERT does not have.
 * @throws BiobertError `model-tensor` for a missing tensor, one there under two names, a wrong shape, or a decoder of its own;
 *   `model-damaged` for NaN or infinity.
 */
export function loadParameters(
  specs: readonly ParameterSpec[],
  checkpoint: ReadonlyMap<string, HostTensor>,
  options: LoadOptions = {},
): Map<string, HostTensor> {
  const result = new Map<string, HostTensor>();
  const { parameters, copies } = matchTensors(specs, checkpoint, options);
  for (const match of parameters) {
    result.set(
      match.spec.name,
      parameterOf(match, match.source === undefined ? undefined : checkpoint.get(match.source), options),
    );
  }
  for (const { source, original, parameter } of copies)
    requireCopy(source, checkpoint.get(source)!, original, result.get(parameter)!, options);
  return result;
}

/**
 * The same out of an opened checkpoint, reading only the tensors that the model has.
 * @throws BiobertError those of `loadParameters` and of reading a tensor.
 */
export async function readParameters(
  specs: readonly ParameterSpec[],
  checkpoint: TensorSource,
  options: LoadOptions = {},
): Promise<Map<string, HostTensor>> {
  const settings = { file: checkpoint.file, ...options };
  const result = new Map<string, HostTensor>();
  const { parameters, copies } = matchTensors(specs, checkpoint.tensors, settings);
  for (const match of parameters) {
    const tensor = match.source === undefined ? undefined : await checkpoint.read(match.source);
    result.set(match.spec.name, parameterOf(match, tensor, settings));
  }
  for (const { source, original, parameter } of copies)
    requireCopy(source, await checkpoint.read(source), original, result.get(parameter)!, settings);
  return result;
}

/** Decides for each parameter which tensor it is, by names and shapes alone. */
function matchTensors(
  specs: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, TensorInfo>,
  options: LoadOptions,
): Matches {
  const asked = new Map(specs.map((spec) => [spec.name, spec]));
  const found = new Map<string, { source: string; transposed: boolean }>();
  const hasDecoder = specs.some(({ name }) => name.startsWith(DECODER_PREFIX));
  const tied: { source: string; parameter: string }[] = [];
  const unusedHeads: string[] = [];
  const unknown: string[] = [];
  for (const source of tensors.keys()) {
    const known = fromCheckpointName(source);
    const parameter = hasDecoder ? tiedParameterName(source) : undefined;
    if (parameter !== undefined) tied.push({ source, parameter });
    else if (
      known !== undefined &&
      asked.has(known.name) &&
      !(options.freshHead === true && known.name.startsWith(HEAD_PREFIX))
    ) {
      const other = found.get(known.name);
      if (other !== undefined)
        throw tensorError(
          `the checkpoint has both ${other.source} and ${source}: which of them the model is made of is not known`,
          source,
          options,
        );
      found.set(known.name, { source, transposed: known.transposed });
    } else if (isHeadName(source)) unusedHeads.push(source);
    else if (!isBufferName(source)) unknown.push(source);
  }
  const copies: Copy[] = [];
  for (const { source, parameter } of tied) {
    const original = found.get(parameter)?.source;
    if (original === undefined) found.set(parameter, { source, transposed: false });
    else copies.push({ source, parameter, original });
  }

  const started: string[] = [];
  const missing: ParameterSpec[] = [];
  const parameters = specs.map((spec): Match => {
    const entry = found.get(spec.name);
    const mayStart = spec.name.startsWith(HEAD_PREFIX) && options.initialize !== undefined;
    if (entry === undefined) {
      // An encoder trained on words alone has no pooler.
      if (mayStart || (spec.name.startsWith("pooler.") && options.initialize !== undefined)) started.push(spec.name);
      else missing.push(spec);
      return { spec, source: undefined, transposed: false };
    }
    const { dtype, dims } = tensors.get(entry.source)!;
    const wanted = entry.transposed ? spec.dims.toReversed() : spec.dims;
    const fits =
      (dtype === "float32" || dtype === "float64") &&
      dims.length === wanted.length &&
      dims.every((d, i) => d === wanted[i]);
    if (fits) return { spec, ...entry };
    if (mayStart) {
      started.push(`${spec.name} (the checkpoint's is [${dims.join(", ")}])`);
      return { spec, source: undefined, transposed: false };
    }
    throw tensorError(
      `${entry.source} is ${dtype ?? "no numbers"}[${dims.join(", ")}], the configuration asks for float32[${wanted.join(", ")}]`,
      entry.source,
      options,
    );
  });
  if (missing.length > 0) {
    const names = missing.map((spec) => `${toHuggingFaceName(spec.name) ?? spec.name} [${spec.dims.join(", ")}]`);
    throw tensorError(`the checkpoint has no tensor for ${listed(names)}`, missing[0]!.name, options);
  }
  if (started.length > 0)
    options.warn?.({ code: "head-initialised", message: `not in the checkpoint, started anew: ${started.join(", ")}` });
  if (unusedHeads.length > 0)
    options.warn?.({
      code: "heads-unused",
      message: `in the checkpoint, of heads that this model does not have: ${listed(unusedHeads)}`,
    });
  if (unknown.length > 0)
    options.warn?.({ code: "tensors-unused", message: `in the checkpoint, not in the model: ${listed(unknown)}` });
  // A copy of what is started anew is of no matter.
  const taken = new Set(parameters.filter(({ source }) => source !== undefined).map(({ spec }) => spec.name));
  return { parameters, copies: copies.filter(({ parameter }) => taken.has(parameter)) };
}

/**
 * Refuses a tensor that is not the one it must be tied to, whose place it would lose.
 * @throws BiobertError `model-tensor`.
 */
export function requireCopy(
  source: string,
  tensor: HostTensor,
  original: string,
  { data }: HostTensor,
  options: LoadOptions,
): void {
  if (tensor.data.length === data.length && tensor.data.every((value, i) => Math.fround(Number(value)) === data[i]))
    return;
  throw tensorError(
    `${source} differs from ${original}, of which it must be a copy: only a tied decoder is supported`,
    source,
    options,
  );
}

/** A parameter's own tensor: started where the checkpoint has none, else turned and checked. */
function parameterOf(
  { spec, source, transposed }: Match,
  tensor: HostTensor | undefined,
  options: LoadOptions,
): HostTensor {
  if (source === undefined || tensor === undefined)
    return initialTensor(spec, options.initialize!.seed, options.initialize!.deviation);
  const single =
    tensor.dtype === "float32" ? (tensor.data as Float32Array) : Float32Array.from(tensor.data as Float64Array);
  for (let i = 0; i < single.length; i++) {
    if (!Number.isFinite(single[i])) {
      throw new BiobertError({
        code: "model-damaged",
        message: `${source} holds ${String(single[i])} at element ${i}`,
        place: placeOf(source, options),
      });
    }
  }
  const data = transposed ? transpose(single, spec.dims[0]!, spec.dims[1]!) : single;
  return { dtype: "float32", dims: spec.dims, data };
}

/** Row-major `[rows, columns]` out of row-major `[columns, rows]`. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[row * columns + column] = values[column * rows + row]!;
  }
  return result;
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return `${names.slice(0, LISTED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function placeOf(name: string, { file }: LoadOptions): { file?: string; name: string } {
  return file === undefined ? { name } : { file, name };
}

function tensorError(message: string, name: string, options: LoadOptions): BiobertError {
  return new BiobertError({ code: "model-tensor", message, place: placeOf(name, options) });
}

/** Parameters under their Hugging Face names. */
export function exportParameters(parameters: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const result = new Map<string, HostTensor>();
  for (const [name, tensor] of parameters) result.set(toHuggingFaceName(name) ?? name, tensor);
  return result;
}
