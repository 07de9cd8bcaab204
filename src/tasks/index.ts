export * from "./ner/index.ts";
export * from "./classification/index.ts";
export * from "./relation/index.ts";
export * from "./qa/index.ts";
export * from "./yes-no/index.ts";
export * from "./multiple-choice/index.ts";
export { checkOptions, describeOptions, flagOf, option, optionProblem, type DescribedOption } from "./options.ts";
export { lengthOfInput, padInputs, trainingFeeds } from "./padding.ts";
export { TASKS, taskList, taskNamed, taskOfHead, type TaskName } from "./registry.ts";
export { runInputs, type RunOptions } from "./run.ts";
export { furthestItems, shownItems } from "./shown.ts";
export { cutWarning, encodeTexts, joinPieces, type CutSequence } from "./sequences.ts";
export { classTargets, IGNORED_LABEL, numberTargets, spanTargets, tokenTargets } from "./targets.ts";
export type * from "./task.ts";
export {
  idOfRow,
  readRows,
  repeatedIds,
  requireLabels,
  rowError,
  sortedLabels,
  textField,
  type ColumnNames,
  type Row,
} from "./tables.ts";
