export { FlatBuffers, FlatLayout, type FlatParameter, type FlatSlot } from "./flat.ts";
export {
  createOptimizer,
  optimizerNames,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
} from "./optimizer.ts";
export type { TouchedRows } from "./rows.ts";
export { scheduleFactor, scheduleNames, type ScheduleName } from "./schedule.ts";
