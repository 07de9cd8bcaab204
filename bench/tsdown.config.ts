// Our sides of the benchmarks, bundled from the sources as they are now, so that Node 20 runs them. Dependencies stay outside.
import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    training: "sides/training.ts",
    memory: "sides/memory.ts",
    annotation: "sides/annotation.ts",
    inference: "sides/inference.ts",
    "inference-model": "sides/inference-model.ts",
    matrix: "sides/matrix.ts",
    "training-inputs": "sides/training-inputs.ts",
    "model-directory": "sides/model-directory.ts",
    tokenizer: "tokenizer.ts",
    devices: "sides/devices.ts",
    catalogue: "sides/catalogue.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20.19",
  fixedExtension: true,
  sourcemap: false,
  dts: false,
  clean: true,
  logLevel: "error",
});
