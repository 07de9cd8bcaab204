// The library: `import { loadModel, annotate } from "biobert"`.

export * from "./core/index.ts";
export * from "./hub/index.ts";
export * from "./inference/index.ts";
