export type { PullEvent, PullListener } from "./events.ts";
export { withLock } from "./lock.ts";
export { type KnownModel, KNOWN_MODELS, nearestKnownNames } from "./known-models.ts";
export { type ModelReference, parseModelReference } from "./names.ts";
export { type PulledModel, type PullOptions, pullModel } from "./pull.ts";
export { type ResolveOptions, resolveModel } from "./resolve.ts";
export type { RetryPolicy } from "./retry.ts";
export type { Environment as HubEnvironment } from "./settings.ts";
export { type PullDatasetOptions, type PulledDataset, filesOf, pullDataset } from "./pull-dataset.ts";
