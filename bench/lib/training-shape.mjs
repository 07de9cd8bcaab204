// One shape of `shapes` or `pretraining-step`: a training step beside PyTorch, our forward pass alone, the machine's best
// matrix products, all in the same rounds; afterwards a profile of a step.
import path from "node:path";
import { bestRate, matrixSides } from "./matrix-rate.mjs";
import { measure, median } from "./measure.mjs";
import { count, pythonOption } from "./options.mjs";
import { fasterPyTorch, NO_BF16 } from "./peer-choice.mjs";
import { pieceOptions } from "./pieces.mjs";
import { compare, summarise } from "./result.mjs";
import { PIECES, writeConfig } from "./shapes.mjs";
import { ourTraining, pytorchTraining, requireSameWork, writeInputs } from "./training.mjs";

const DROPOUT = 0.1;
/** Backward is twice the forward pass's products; the rest is what is allowed for all else. */
const BACKWARD_BAR = 3.3;

export const shapeOptions = {
  ...pieceOptions,
  steps: { value: "N", help: "steps of a round; default: 1, for small shapes 3" },
  compile: { value: "SECONDS", default: "240", help: "that torch.compile may take to be ready; 0 leaves it out" },
  "recompute-attention": { help: "our side makes attention's scores and masks again in the backward pass" },
  "recompute-layers": { value: "N", help: "our side makes all of so many first layers again" },
  "no-arena": { help: "our side gives freed memory back" },
  ...pythonOption,
};

/** The numbers among the options. */
export function shapeNumbers(values) {
  const steps = values.steps === undefined ? undefined : count(values, "steps");
  const numbers = ["rounds", "threads"].map((name) => [name, count(values, name)]);
  return {
    ...values,
    ...Object.fromEntries(numbers),
    steps,
    compileLimit: count({ compile: values.compile }, "compile", 0),
  };
}

/** What of memory's settings is not as by default, for our side. */
export function memorySettings(values) {
  const layers = values["recompute-layers"] === undefined ? 0 : count(values, "recompute-layers", 0);
  const attention = values["recompute-attention"] === true;
  return {
    ...(attention || layers > 0 ? { recompute: { attention, layers } } : {}),
    ...(values["no-arena"] ? { memoryArena: false } : {}),
  };
}

/**
 * Measures a shape and gives {comparisons, inputs} for its result file.
 * @param options.head "token-classification" or "pre-training", `options.predictions` of an example in the latter
 */
export async function measureTrainingShape(shape, folder, values, { what, head, predictions = 0, bar, optimizerBar }) {
  const { rounds, threads, python, compileLimit } = values;
  const steps = values.steps ?? (shape.rows * shape.columns <= 1024 && shape.model !== "bert-base" ? 3 : 1);
  const inputs = path.join(folder, "inputs.json");
  await writeInputs("random", inputs, shape.rows, shape.columns, steps, PIECES, predictions);
  const recipe = { model: writeConfig(folder, shape), inputs, threads, dropout: DROPOUT, maxGradientNorm: 0, head };
  const own = {
    ...recipe,
    ...memorySettings(values),
  };
  const batches = Array.from({ length: steps }, (_, i) => i);
  const ours = await ourTraining(own);
  const forward = await ourTraining({ ...recipe, forwardOnly: true }, "biobert, forward alone");
  const { peer, other, unavailable } = await fasterPyTorch(recipe, { python, compileLimit, batches });
  const bfloat16 = await pytorchTraining("PyTorch, bf16 autocast", recipe, python, { autocast: true });
  const rates = await matrixSides(threads, python);
  const sides = [ours, forward, peer, ...(bfloat16 === undefined ? [] : [bfloat16]), ...rates];
  const results = await measure(sides, { rounds, parts: [{ batches }], warmUp: { batches: batches.slice(0, 1) } });
  requireSameWork(results[0], results[2], "tokens");
  const sizes = { batch: shape.rows, sequence: shape.columns, predictions: shape.rows * predictions };
  const operations = await operationsOf([ours, forward], sizes);
  const isRate = (i) => sides[i].isRate === true;
  const limit = await bestRate(
    rates,
    results.filter((_, i) => isRate(i)).map(({ all }) => all.flat().flatMap((reply) => reply.rates)),
  );
  const summaries = [];
  for (const [i, side] of sides.entries()) if (!isRate(i)) summaries.push(await ended(side, results[i], steps));
  const line = (peerSummary, extra) => ({
    ...compare({
      work: `${what}, ${shape.name}`,
      unit: "s/step",
      threads,
      ours: summaries[0],
      peer: peerSummary,
      ...extra,
    }),
    shape: shape.id,
  });
  const facts = {
    forwardAndBackward: againstForward(results[0], summaries[1], steps),
    optimizer: optimizerShare(results[0], optimizerBar),
    limit: closeness(limit, operations, summaries),
    profile: await profileStep(own, folder, batches),
    notMeasured: [
      ...(unavailable === undefined ? [] : [{ what: "PyTorch, torch.compile", reason: unavailable }]),
      ...(bfloat16 === undefined ? [{ what: "PyTorch, bf16 autocast", reason: NO_BF16 }] : []),
    ],
  };
  const comparisons = [{ ...line(summaries[2], { bar }), facts }];
  if (bfloat16 !== undefined) comparisons.push(line(summaries[3]));
  if (other !== undefined)
    comparisons.push({ ...line(summaryOf(other, other, other.peakMemoryBytes, steps)), trial: true });
  const { recompute = { attention: false, layers: 0 }, memoryArena = true } = own;
  const setting = { recompute, memoryArena, predictions, dropout: DROPOUT, attention: peer.attention };
  return { comparisons, inputs: { rows: shape.rows, columns: shape.columns, steps, ...setting } };
}

async function operationsOf([ours, forward], sizes) {
  const [step, alone] = [await ours.side.ask("products", { sizes }), await forward.side.ask("products", { sizes })];
  return { step: step.operations, forward: alone.operations };
}

async function ended(side, result, steps) {
  const { peakMemoryBytes } = await side.side.finish();
  return summaryOf(side, result, peakMemoryBytes, steps);
}

function summaryOf(
  { side, precision, versions, loadSeconds, compileSeconds },
  { rounds, cpuRounds, replies },
  peakMemoryBytes,
  steps,
) {
  const details = {
    loadSeconds,
    meanLoss: replies[0].meanLoss,
    ...(compileSeconds === undefined ? {} : { compileSeconds }),
  };
  return summarise({ name: side.name, precision, rounds, cpuRounds, peakMemoryBytes, versions, details }, 1 / steps);
}

/** Forward and backward of the step against the forward pass alone, in time. */
function againstForward({ rounds, all }, forward, steps) {
  const own = rounds.map((seconds, i) => (seconds - all[i][0].optimizerSeconds) / steps);
  const { name: _, versions: _versions, ...alone } = forward;
  return { value: median(own), rounds: own, forward: alone, ratio: median(own) / forward.value, bar: BACKWARD_BAR };
}

/** The optimiser's share of the step's time. */
function optimizerShare({ rounds, all }, bar) {
  const shares = rounds.map((seconds, i) => all[i][0].optimizerSeconds / seconds);
  return { share: median(shares), ...(bar === undefined ? {} : { bar }) };
}

/** How close each comes to the machine's best rate, if all it did were the products of the graph. */
function closeness(limit, operations, [ours, forward, peer]) {
  const share = (work, { value }) => work / value / limit.operationsPerSecond;
  return {
    ...limit,
    operations,
    ours: share(operations.step, ours),
    forward: share(operations.forward, forward),
    peer: share(operations.step, peer),
  };
}

/** One step under ONNX Runtime's profiler, in a process of its own, after one that is not counted. */
export async function profileStep(recipe, folder, batches) {
  const profiled = await ourTraining({ ...recipe, profilePrefix: path.join(folder, "profile") }, "biobert, profiled");
  for (let i = 0; i < 2; i++) await profiled.side.ask("round", { batches: batches.slice(0, 1) });
  const profile = await profiled.side.ask("profile");
  await profiled.side.finish();
  return profile;
}
