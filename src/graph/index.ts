export { attention, type FusedAttentionOptions } from "./operators/attention.ts";
export * from "./operators/elementwise.ts";
export * from "./operators/linear.ts";
export * from "./operators/loss.ts";
export * from "./operators/movement.ts";
export * from "./operators/quantized.ts";
export * from "./operators/reduction.ts";
export { productOperations } from "./arithmetic.ts";
export {
  broadcastShapes,
  formatShape,
  multiplyDims,
  resolveDim,
  resolveShape,
  sameShape,
  type Dim,
  type Shape,
} from "./dims.ts";
export { fuse } from "./fuse.ts";
export { fuseAttention } from "./fuse-attention.ts";
export { toHalfPrecision } from "./half.ts";
export { interpret, type Feed } from "./interpret.ts";
export { Graph, type GraphNode, type Value, type ValueType } from "./ir.ts";
export { encodeOnnx, type OnnxOptions, type OnnxTarget } from "./onnx/writer.ts";
export { executionOrder, memoryEvents, peakActivationBytes, type MemoryEvent } from "./memory.ts";
export { operatorNames, type Attributes, type Numeric } from "./operator.ts";
export { print } from "./print.ts";
export { leavesLast, masksFirst, removeUnused } from "./prune.ts";
export { quantize, rangeGraph, type ActivationRange } from "./quantize.ts";
export { recompute, type RecomputeOptions } from "./recompute.ts";
export type { WeightedGraph } from "./rewrite.ts";
export { verify } from "./verify.ts";
