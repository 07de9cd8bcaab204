// Parameters are declared where they are used: a brick asks for a weight by name and shape, and the list of all of
// them, with how each starts and whether it decays, falls out of building the model.

import { hash32, invariant, Random } from "../core/index.ts";
import type { Graph, Value } from "../graph/index.ts";
import { elementCount, type HostTensor } from "../tensor/index.ts";

export type Initializer = "normal" | "zeros" | "ones";

export interface ParameterSpec {
  name: string;
  dims: readonly number[];
  initializer: Initializer;
  /** Whether weight decay applies: to matrices and embedding tables, not to biases and normalisation weights. */
  decay: boolean;
}

export class ParameterScope {
  readonly specs: ParameterSpec[] = [];
  readonly values: Value[] = [];

  constructor(readonly graph: Graph) {}

  /** Declares a weight and gives its value in the graph. */
  declare(name: string, dims: readonly number[], initializer: Initializer): Value {
    const value = this.graph.parameter(name, "float32", dims);
    this.specs.push({ name, dims, initializer, decay: initializer === "normal" });
    this.values.push(value);
    return value;
  }

  /** The value of a weight declared before: for a weight that two places of a model share. */
  declared(name: string): Value {
    const index = this.specs.findIndex((spec) => spec.name === name);
    invariant(index >= 0, `no weight ${name} is declared yet`);
    return this.values[index]!;
  }
}

function hashName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = hash32(hash, name.charCodeAt(i));
  return hash;
}

/**
 * Starting values of one parameter: normal with `deviation` (BERT: 0.02), zeros, or ones. The stream is the parameter's
 * name, so a parameter starts the same whatever else the model has.
 */
export function initialTensor(spec: ParameterSpec, seed: number, deviation: number): HostTensor {
  const data = new Float32Array(elementCount(spec.dims));
  if (spec.initializer === "ones") data.fill(1);
  if (spec.initializer === "normal") {
    const random = new Random(seed, hashName(spec.name));
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.nextNormal();
  }
  return { dtype: "float32", dims: spec.dims, data };
}
