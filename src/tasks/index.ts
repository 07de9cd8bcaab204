export * from "./ner/index.ts";
