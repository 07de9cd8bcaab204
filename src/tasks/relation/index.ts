export { relationTask, scoredClasses, type RelationExample, type RelationOptions } from "./task.ts";
