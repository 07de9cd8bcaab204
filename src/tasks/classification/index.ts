export { decodeLabels, softmax, type LabelPrediction } from "./decode.ts";
export { confusions, scoreLabels } from "./score.ts";
export {
  classificationTask,
  type ClassificationExample,
  type ClassificationInput,
  type ClassificationOptions,
} from "./task.ts";
