// Benchmark `shapes`: forward, backward and AdamW, dropout 0.1, at six shapes of two models with random weights, against the
// faster of PyTorch eager and torch.compile; what a step comes to beside the forward pass and the machine's own limit.
import { buildSides } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { readOptions } from "./lib/options.mjs";
import { runPieces } from "./lib/pieces.mjs";
import { parseShape, SHAPES } from "./lib/shapes.mjs";
import { measureTrainingShape, shapeNumbers, shapeOptions } from "./lib/training-shape.mjs";

const ABOUT =
  "A training step (forward, backward, AdamW; no clipping) at the shapes that count, beside PyTorch + transformers.";
const BAR = 1.5;
const OPTIMIZER_BARS = { "bert-base-8x128": 0.05 };

await runMain(async () => {
  const options = readOptions(ABOUT, shapeOptions);
  if (options === undefined) return;
  const values = shapeNumbers(options);
  const shapes = (values.shape ?? SHAPES).map(parseShape);
  buildSides();
  await runPieces("shapes", shapes, values, (shape, folder) =>
    measureTrainingShape(shape, folder, values, {
      what: "training step",
      head: "token-classification",
      bar: BAR,
      optimizerBar: OPTIMIZER_BARS[shape.id],
    }),
  );
});
