export { AdamW, type AdamWOptions } from "./adamw.ts";
export { FlatLayout, type FlatParameter, type FlatSlot } from "./flat.ts";
export { linearWarmupDecay } from "./schedule.ts";
