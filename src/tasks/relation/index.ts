export { encodeRelation, hiddenPair, markersOf, type Marker, type RelationSequence } from "./markers.ts";
export type { RelationExample, RelationInput } from "./examples.ts";
export { relationTask, scoredClasses, type RelationOptions } from "./task.ts";
