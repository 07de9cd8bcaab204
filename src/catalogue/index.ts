// The results catalogue: every published number beside the measured one.
export * from "./schema/index.ts";
export type * from "./store/types.ts";
export { isServerAddress, openStore } from "./store/store.ts";
export { SubmissionRefused, runOf } from "./store/review.ts";
export { compareValues, formatValue, paretoFront, ranksOf, staircase } from "./ranking.ts";
export { parsePublished, rangeOf, valueOf } from "./values.ts";
export {
  isPublicAddress,
  type LinkAnswer,
  linkChecker,
  type LinkCheckerOptions,
  type LinkStatus,
} from "./store/link-check.ts";
export { type HeldLink, heldLinks, KINDS_WITH_LINKS } from "./store/links.ts";
export { canonicalJson } from "./canonical.ts";
export { freeSlug, slug } from "./slug.ts";
export { type CatalogueWeb, catalogueWeb } from "./web/routes.ts";
export type { CatalogueSite, RouteCaller, RouteEnvironment } from "./web/environment.ts";
export { type SubmitOptions, submitToCatalogue } from "./web/client.ts";
export { exportFolder, fileSchemaOf } from "./store/folder.ts";
export { type ExportFormat, exportFiles } from "./store/export-files.ts";
export { formatOfFile } from "./store/import-files.ts";
export { type ImportNote, ImportReport } from "./dumps/report.ts";
export { submissionOfRecord } from "./records.ts";
