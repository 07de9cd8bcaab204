export { BiobertError, invariant, type ErrorCode, type ErrorDetails, type FieldProblem } from "./errors.ts";
export { addAll } from "./lists.ts";
export { Random, hash32, mix32 } from "./random.ts";
export { stopIfAborted, turn } from "./stop.ts";
export { VERSION } from "./version.ts";
export { describeWarning, type Warning, type WarningSink } from "./warnings.ts";
