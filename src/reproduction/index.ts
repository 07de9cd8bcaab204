export {
  type Recipe,
  recipeSchema,
  type RecipeStart,
  type RecipeTraining,
  type TrainedRecipe,
  type EmbeddedRecipe,
} from "./recipe.ts";
export { nearest, parseRecipe, readRecipe, recipeIds, recipeNamed } from "./read-recipe.ts";
export { type PublishedRow, type ResolvedRecipe, resolveRecipe } from "./check-recipe.ts";
export { type DataOptions, type OwnFiles, prepareData, type PreparedData } from "./data.ts";
export type { ReproductionEvent, RunName } from "./events.ts";
export { isTrained, reproduce, type ReproduceOptions } from "./reproduce.ts";
export { type RecordFacts, recordOfRuns } from "./record-of-runs.ts";
export { type Collected, type CollectedRun, collectRuns } from "./collect.ts";
export { type CollectedPeer, collectPeer, type PeerRecord, peerRecordSchema } from "./peer-record.ts";
export { type GridOptions, searchGrid } from "./search.ts";
export {
  type MeasuredRecipe,
  measuredRecipes,
  measuredText,
  onScale,
  resultsPage,
  signed,
  ANY_COUNTS,
  SMOKE,
  timeText,
} from "./results-page.ts";
export { resultsPicture } from "./results-picture.ts";
export { type FinishedRun, readRun } from "./run-file.ts";
export { metricName as nameOf, metricText as valueText, recordJson } from "../evaluation/index.ts";
