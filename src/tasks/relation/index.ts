export { relationTask, scoredClasses, type RelationExample, type RelationInput, type RelationOptions } from "./task.ts";
