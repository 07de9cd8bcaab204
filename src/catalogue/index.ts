// The results catalogue: every published number beside the measured one.
export * from "./schema/index.ts";
export type * from "./store/types.ts";
