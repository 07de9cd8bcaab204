export { FlatBuffers, FlatLayout, type FlatParameter, type FlatSlot } from "./flat.ts";
export type { Optimizer, OptimizerOptions } from "./optimizer.ts";
export { createOptimizer, optimizerNames, type OptimizerName } from "./optimizers.ts";
export type { TouchedRows } from "./rows.ts";
export { scheduleFactor, scheduleNames, type ScheduleName } from "./schedule.ts";
