// dist/: the library in one file with its types, and the command in an entry that loads a chunk per room when a command
// first needs it, so that `biobert --help` does not wait for ONNX Runtime. Dependencies stay outside.
import { defineConfig, type UserConfig } from "tsdown";

const shared: UserConfig = {
  format: "esm",
  platform: "node",
  target: "node20.19",
  sourcemap: true,
  clean: false,
  fixedExtension: true,
};

export default defineConfig([
  { ...shared, entry: { index: "src/index.ts" }, dts: true, outputOptions: { codeSplitting: false } },
  {
    ...shared,
    entry: { cli: "src/cli/main.ts" },
    dts: false,
    outputOptions: { chunkFileNames: "chunk-[name]-[hash].mjs" },
  },
]);
