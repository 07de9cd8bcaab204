// Our side of `inference-shapes`: an ONNX graph on batches of ids.

import { readFileSync } from "node:fs";
import { classifierInputs } from "../../src/bert/index.ts";
import { EngineSession, engineVersion } from "../../src/engine/index.ts";
import { serve, stopwatch, type Request } from "./serve.ts";
import type { TrainingInputs } from "./training-inputs.ts";

/** How many logits are given back to be compared with the peers'. */
const SAMPLE = 48;

let session: EngineSession;
let inputs: TrainingInputs;

async function setup(request: Request): Promise<unknown> {
  const started = performance.now();
  const settings = request as Request & { onnx: string; inputs: string; threads: number };
  inputs = JSON.parse(readFileSync(settings.inputs, "utf8")) as TrainingInputs;
  session = await EngineSession.create(settings.onnx, { threads: settings.threads });
  const versions = { node: process.version, onnxruntime: engineVersion() };
  return { versions, loadSeconds: (performance.now() - started) / 1000 };
}

async function round(request: Request): Promise<unknown> {
  const elapsed = stopwatch();
  let tokens = 0;
  let logits: number[] = [];
  for (const index of request.batches as number[]) {
    const members = inputs.batches[index]!;
    const inputIds = Int32Array.from(members.flatMap(({ ids }) => ids));
    const attentionMask = new Int32Array(inputIds.length).fill(1);
    const [batch, sequence] = [members.length, members[0]!.ids.length];
    const results = await session.run(classifierInputs({ inputIds, attentionMask, batch, sequence }));
    tokens += inputIds.length;
    logits = Array.from((results["logits"]!.data as Float32Array).subarray(0, SAMPLE));
  }
  return { ...elapsed(), tokens, logits };
}

await serve({ setup, round });
