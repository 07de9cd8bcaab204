// What a training's checkpoint holds, for tests that compare or change it.

import { writeFileSync } from "node:fs";
import { readTensors } from "../../src/data/index.ts";
import { encodeSafetensors } from "../../src/formats/index.ts";

type State = Record<string, unknown>;

/** The numbers and the state of a checkpoint, without what it says of time and memory: equal for equal trainings. */
export async function checkpointContent(path: string): Promise<{ numbers: Buffer; state: State }> {
  const { tensors, metadata } = await readTensors(path);
  const { seconds: _, peakMemoryBytes: __, ...state } = JSON.parse(metadata["state"]!) as State;
  return { numbers: Buffer.concat([...encodeSafetensors(tensors, {})]), state };
}

/** Changes the state of a checkpoint. */
export async function changeState(path: string, change: (state: State) => State): Promise<void> {
  const { tensors, metadata } = await readTensors(path);
  const state = change(JSON.parse(metadata["state"]!) as State);
  writeFileSync(path, Buffer.concat([...encodeSafetensors(tensors, { ...metadata, state: JSON.stringify(state) })]));
}
