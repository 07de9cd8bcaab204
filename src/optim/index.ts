export { AdamW, type AdamWOptions } from "./adamw.ts";
export { FlatLayout, type FlatSlot } from "./flat.ts";
export { linearWarmupDecay } from "./schedule.ts";
