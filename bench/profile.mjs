// Names what a training step spends its time on, by ONNX Runtime's profiler: operators by type, and the costliest kinds.
// `shapes` keeps the same in its result files.
import path from "node:path";
import { buildSides } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { readOptions } from "./lib/options.mjs";
import { parseShape, PIECES, writeConfig } from "./lib/shapes.mjs";
import { memorySettings, profileStep, shapeNumbers, shapeOptions } from "./lib/training-shape.mjs";
import { inTemporaryFolder, writeInputs } from "./lib/training.mjs";

const ABOUT =
  "The costliest operators of a training step of ours. On a busy machine shares still mean something, times do not.";
const TABLE = {
  shape: { value: "SHAPE", multiple: true, required: true, help: "MODEL-ROWSxCOLUMNS; again for another" },
  dropout: { value: "SHARE", default: "0.1", help: "of hidden states and attention" },
  threads: shapeOptions.threads,
  ...Object.fromEntries(
    ["recompute-attention", "recompute-layers", "no-arena"].map((name) => [name, shapeOptions[name]]),
  ),
};

await runMain(async () => {
  const options = readOptions(ABOUT, TABLE);
  if (options === undefined) return;
  const values = shapeNumbers({ ...options, rounds: "1", compile: "0" });
  const shapes = values.shape.map(parseShape);
  buildSides();
  for (const shape of shapes) {
    const profile = await inTemporaryFolder(async (folder) => {
      const inputs = path.join(folder, "inputs.json");
      await writeInputs("random", inputs, shape.rows, shape.columns, 1, PIECES);
      const recipe = { model: writeConfig(folder, shape), inputs, threads: values.threads, maxGradientNorm: 0 };
      const own = {
        ...recipe,
        dropout: Number(values.dropout),
        ...memorySettings(values),
      };
      return profileStep(own, folder, [0]);
    });
    process.stdout.write(`${shape.name}: ${profile.seconds.toFixed(3)} s in operators\n`);
    for (const { operator, calls, share } of profile.operators.filter((row) => row.share >= 0.005)) {
      process.stdout.write(`  ${percent(share)}  ${operator}, ${calls} calls\n`);
    }
    process.stdout.write("of these, by direction and shape of the result:\n");
    for (const { operator, calls, share } of profile.kinds) {
      process.stdout.write(`  ${percent(share)}  ${operator}, ${calls} calls\n`);
    }
  }
});

function percent(share) {
  return `${(100 * share).toFixed(1).padStart(5)} %`;
}
