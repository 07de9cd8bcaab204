export { readYesNo, type YesNoTaskExample } from "./examples.ts";
export { yesNoTask, type YesNoInput, type YesNoOptions, type YesNoPrediction } from "./task.ts";
