export { gradients } from "./gradients.ts";
export { rules, type Rule, type RuleArguments } from "./rules.ts";
