// The catalogue's data model.
export * from "./common.ts";
export * from "./entities.ts";
export * from "./kinds.ts";
export * from "./results.ts";
export * from "./workflow.ts";
