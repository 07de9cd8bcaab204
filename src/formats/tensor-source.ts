// A checkpoint opened for reading: which tensors it has, and each of them when asked for. Every format gives one of these, so
// that what lies above knows nothing of formats.

import type { DType, HostTensor } from "../tensor/index.ts";
import { damagedModel } from "./damage.ts";

export type CheckpointFormat = "safetensors" | "torch" | "tensorflow";

export interface TensorInfo {
  /** As `read` gives it: half precisions are float32. Undefined for types that hold no numbers and cannot be read. */
  readonly dtype: DType | undefined;
  readonly dims: readonly number[];
}

export interface TensorSource {
  readonly format: CheckpointFormat;
  /** The file's name, for errors. */
  readonly file: string;
  /** What the file says of itself in words; empty in most formats. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Reads one of `tensors` and checks its checksum where the format has one. */
  read(name: string): Promise<HostTensor>;
}

/**
 * Several files of one checkpoint as one.
 * @throws BiobertError `model-damaged` when two of them hold a tensor of the same name.
 */
export function joinSources(file: string, parts: readonly TensorSource[]): TensorSource {
  const owners = new Map<string, TensorSource>();
  const tensors = new Map<string, TensorInfo>();
  for (const part of parts) {
    for (const [name, info] of part.tensors) {
      const other = owners.get(name);
      if (other !== undefined) throw damagedModel(file, `both ${other.file} and ${part.file} hold this tensor`, name);
      owners.set(name, part);
      tensors.set(name, info);
    }
  }
  const [first] = parts;
  return {
    format: first!.format,
    file,
    metadata: first!.metadata,
    tensors,
    read: (name) => owners.get(name)!.read(name),
  };
}
