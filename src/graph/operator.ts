// The operator table: what each operator accepts (infer), means (interpret) and becomes in ONNX (lower).
// One row an operator; a row without all three does not compile.

import { BiobertError } from "../core/index.ts";
import type { DType } from "../tensor/index.ts";
import { formatShape, type Shape } from "./dims.ts";
import type { GraphNode, ValueType } from "./ir.ts";
import type { OnnxWriter } from "./onnx/writer.ts";

export type AttributeValue = number | string | boolean | readonly number[] | readonly (number | string)[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A tensor of the interpreter: every dtype in float64, integers wrapped as their dtype wraps. */
export interface Numeric {
  dtype: DType;
  dims: readonly number[];
  data: Float64Array;
}

export interface InterpretContext {
  /** Sizes of the symbolic dimensions in this run. */
  sizes: ReadonlyMap<string, number>;
}

export interface OperatorDefinition {
  name: string;
  /** Checks inputs and attributes and gives the types of the outputs; throws `graph-invalid`. */
  infer(inputs: readonly ValueType[], attributes: Attributes): ValueType[];
  /** The meaning, in float64. */
  interpret(inputs: readonly Numeric[], attributes: Attributes, context: InterpretContext): Numeric[];
  /** Writes the ONNX nodes for one node. */
  lower(node: GraphNode, writer: OnnxWriter): void;
}

const table = new Map<string, OperatorDefinition>();

/** Adds a row to the operator table. */
export function defineOperator(definition: OperatorDefinition): void {
  if (table.has(definition.name)) {
    throw new BiobertError({ code: "internal", message: `operator ${definition.name} is defined twice` });
  }
  table.set(definition.name, definition);
}

/**
 * The row of an operator.
 * @throws BiobertError `graph-invalid` for a name that is not in the table.
 */
export function operatorNamed(name: string): OperatorDefinition {
  const definition = table.get(name);
  if (definition === undefined) {
    throw new BiobertError({ code: "graph-invalid", message: `there is no operator "${name}"`, place: { name } });
  }
  return definition;
}

/** The names of all operators, sorted. */
export function operatorNames(): string[] {
  return [...table.keys()].sort();
}

/** Throws `graph-invalid` with the operator's name and the types it was given. */
export function refuse(operator: string, inputs: readonly ValueType[], why: string): never {
  const given = inputs.map((input) => `${input.dtype}${formatShape(input.shape)}`).join(", ");
  throw new BiobertError({
    code: "graph-invalid",
    message: `${operator}(${given}): ${why}`,
    place: { name: operator },
  });
}

/** Refuses unless exactly `count` inputs are given. */
export function expectInputs(operator: string, inputs: readonly ValueType[], count: number): void {
  if (inputs.length !== count) refuse(operator, inputs, `takes ${count} inputs, got ${inputs.length}`);
}

/** Refuses unless the input at `index` has one of `dtypes`. */
export function expectDtype(
  operator: string,
  inputs: readonly ValueType[],
  index: number,
  dtypes: readonly DType[],
): void {
  const dtype = inputs[index]!.dtype;
  if (!dtypes.includes(dtype)) {
    refuse(operator, inputs, `input ${index} must be ${dtypes.join(" or ")}, not ${dtype}`);
  }
}

/** Refuses unless all inputs have the dtype of the first. */
export function expectSameDtype(operator: string, inputs: readonly ValueType[]): void {
  if (inputs.some((input) => input.dtype !== inputs[0]!.dtype)) refuse(operator, inputs, "inputs differ in dtype");
}

/** The axis counted from the front; refuses one outside the rank. */
export function normalAxis(operator: string, inputs: readonly ValueType[], axis: number, shape: Shape): number {
  const normal = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= shape.length) {
    refuse(operator, inputs, `axis ${axis} is outside rank ${shape.length}`);
  }
  return normal;
}

/** The dtypes of real numbers: float16 in inference graphs (see half.ts), float32 in all. */
export const FLOATS: readonly DType[] = ["float32", "float16"];

const INTEGER_RANGE: Partial<Record<DType, (x: number) => number>> = {
  int32: (x) => x | 0,
  uint32: (x) => x >>> 0,
  uint8: (x) => x & 0xff,
  int8: (x) => (x << 24) >> 24,
  bool: (x) => (x === 0 ? 0 : 1),
};

/** A number brought into its dtype's range, as machine arithmetic does; floats stay float64. */
export function wrapTo(dtype: DType, value: number): number {
  return INTEGER_RANGE[dtype]?.(value) ?? value;
}
