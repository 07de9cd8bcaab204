// A checkpoint in another naming scheme: every tensor that holds weights, its heads among them, under the names that Hugging
// Face's or Google's BERT gives it.

import { BiobertError, type WarningSink } from "../core/index.ts";
import type { TensorSource } from "../formats/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { requireCopy, transpose } from "./checkpoint.ts";
import { fromCheckpointName, isBufferName, tiedParameterName, toHuggingFaceName, toTensorFlowName } from "./names.ts";

export type NamingScheme = "huggingFace" | "tensorFlow";

/**
 * Reads a whole checkpoint and gives its tensors the names of a scheme; kernels are transposed where the schemes differ. What
 * holds no weights is left out, and so is a copy of a tied tensor where the scheme has none; where only the copy is there, it
 * is the tensor. Names that BERT does not know are kept, and said.
 * @throws BiobertError `model-tensor` where two tensors would get one name, or for a decoder of its own in a scheme that has
 *   none; those of reading.
 */
export async function convertCheckpoint(
  checkpoint: TensorSource,
  scheme: NamingScheme,
  warn?: WarningSink,
): Promise<Map<string, HostTensor>> {
  const result = new Map<string, HostTensor>();
  const unknown: string[] = [];
  const tiedTo = (source: string): string | undefined =>
    scheme === "tensorFlow" ? tiedParameterName(source) : undefined;
  const sources = [...checkpoint.tensors.keys()].filter((source) => !isBufferName(source));
  // What a copy must equal is read before it.
  for (const source of sources.sort((a, b) => Number(tiedTo(a) !== undefined) - Number(tiedTo(b) !== undefined))) {
    const tied = tiedTo(source);
    const known = tied === undefined ? fromCheckpointName(source) : { name: tied, transposed: false };
    const target =
      known === undefined
        ? undefined
        : scheme === "tensorFlow"
          ? toTensorFlowName(known.name)!
          : { name: toHuggingFaceName(known.name)!, transposed: false };
    if (known === undefined && tiedParameterName(source) === undefined) unknown.push(source);
    const name = target?.name ?? source;
    const before = result.get(name);
    if (before !== undefined && tied !== undefined) {
      requireCopy(source, await checkpoint.read(source), name, before, { file: checkpoint.file });
      continue;
    }
    if (before !== undefined) {
      throw new BiobertError({
        code: "model-tensor",
        message: `${source} is not the only tensor that is ${name}`,
        place: { file: checkpoint.file, name: source },
      });
    }
    const tensor = await checkpoint.read(source);
    result.set(
      name,
      known !== undefined && known.transposed !== target!.transposed ? turned(tensor, source, checkpoint.file) : tensor,
    );
  }
  if (unknown.length > 0)
    warn?.({
      code: "tensors-unknown",
      message: `kept under their names, as BERT does not have them: ${unknown.slice(0, 20).join(", ")}`,
    });
  return result;
}

function turned(tensor: HostTensor, name: string, file: string): HostTensor {
  const [rows, columns] = tensor.dims;
  if (tensor.dims.length !== 2 || !(tensor.data instanceof Float32Array)) {
    throw new BiobertError({
      code: "model-tensor",
      message: `${name} is ${tensor.dtype}[${tensor.dims.join(", ")}], not a matrix of float32`,
      place: { file, name },
    });
  }
  return { dtype: "float32", dims: [columns!, rows!], data: transpose(tensor.data, columns!, rows!) };
}
