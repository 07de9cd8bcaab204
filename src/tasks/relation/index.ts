export { encodeRelation, hiddenPair, markersOf, type Marker, type RelationSequence } from "./markers.ts";
export { relationTask, scoredClasses, type RelationExample, type RelationInput, type RelationOptions } from "./task.ts";
