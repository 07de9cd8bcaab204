export { conceptPrompt, type ContinuationScorer, scoreConcepts } from "./prompt.ts";
export { decodeChoice, type ChoicePrediction } from "./decode.ts";
export { readChoiceFiles, type ReadChoicesOptions } from "./read.ts";
export { scoreChoices, type ChoiceGold } from "./score.ts";
export {
  multipleChoiceTask,
  type MultipleChoiceInput,
  type MultipleChoiceOptions,
  type MultipleChoiceQuestion,
} from "./task.ts";
