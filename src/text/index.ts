export { splitSentences, type Span } from "./sentences.ts";
export { planWindows, type WindowPacking, type WindowPlan } from "./windows.ts";
