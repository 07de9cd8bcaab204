export {
  bestAnswers,
  type AnswerCandidate,
  type NBestOptions,
  type QaPrediction,
  type ScoredWindow,
} from "./decode.ts";
export type { QuestionKind } from "../../data/index.ts";
export { readQuestions, type QaTaskExample } from "./examples.ts";
export { askedCount, factoidAnswers, listAnswers, poolAnswers, trimAnswer, type PooledAnswer } from "./pooling.ts";
export { poolQuestions, type PooledQuestion } from "./score.ts";
export { qaTask, type QaOptions } from "./task.ts";
export {
  answerPieces,
  answerPositions,
  maxContextWindows,
  questionWindows,
  windowRanges,
  type QaInput,
  type QuestionWindows,
  type WindowOptions,
} from "./windows.ts";
