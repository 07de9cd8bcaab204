// The tensors of one head's model: those of the checkpoint, and of a further head its own in place of the checkpoint's head.

import { fromCheckpointName, HEAD_PREFIX } from "../bert/index.ts";
import { type ModelFiles, type ModelHead, readWeights } from "../data/index.ts";
import type { TensorSource } from "../formats/index.ts";

/** The tensors of a checkpoint with those of a further head in place of its own head's. */
function withHead(checkpoint: TensorSource, head: TensorSource): TensorSource {
  const isOwn = (name: string): boolean => !(fromCheckpointName(name)?.name.startsWith(HEAD_PREFIX) ?? false);
  return {
    ...checkpoint,
    tensors: new Map([...[...checkpoint.tensors].filter(([name]) => isOwn(name)), ...head.tensors]),
    read: (name) => (head.tensors.has(name) ? head : checkpoint).read(name),
  };
}

/**
 * Opens a model's weights for `use`, with the head's own where it is one beside the first.
 * @throws BiobertError those of `readWeights`.
 */
export function readHeadWeights<T>(
  { directory, weightsPath }: Pick<ModelFiles, "directory"> & { weightsPath: string },
  head: Pick<ModelHead, "file"> | undefined,
  use: (checkpoint: TensorSource) => Promise<T>,
): Promise<T> {
  return readWeights(weightsPath, (checkpoint) =>
    head?.file === undefined
      ? use(checkpoint)
      : readWeights(`${directory}/${head.file}`, (own) => use(withHead(checkpoint, own))),
  );
}
