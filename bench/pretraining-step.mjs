// Benchmark `pretraining-step`: masked language model and next sentence, 20 predictions of 128 pieces, against the faster of
// PyTorch eager and torch.compile, whose decoder is computed on the same 20 positions only.
import { buildSides } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { count, readOptions } from "./lib/options.mjs";
import { runPieces } from "./lib/pieces.mjs";
import { parseShape } from "./lib/shapes.mjs";
import { measureTrainingShape, shapeNumbers, shapeOptions } from "./lib/training-shape.mjs";

const ABOUT =
  "A step of pre-training (MLM and NSP; forward, backward, AdamW; no clipping), beside PyTorch + transformers.";
const SHAPES = ["minilm-32x128", "bert-base-8x128"];
const BAR = 1.5;

await runMain(async () => {
  const predictions = { value: "N", default: "20", help: "masked pieces of an example" };
  const options = readOptions(ABOUT, { ...shapeOptions, predictions });
  if (options === undefined) return;
  const values = shapeNumbers(options);
  const shapes = (values.shape ?? SHAPES).map(parseShape);
  buildSides();
  await runPieces("pretraining-step", shapes, values, (shape, folder) =>
    measureTrainingShape(shape, folder, values, {
      what: `pre-training step, ${values.predictions} predictions`,
      head: "pre-training",
      predictions: count(values, "predictions"),
      bar: BAR,
    }),
  );
});
