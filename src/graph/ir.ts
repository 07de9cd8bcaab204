// The intermediate representation: a graph of nodes in the order they were made, which is a valid order to run them.
// A value has a dtype and a symbolic shape from birth: a node is made only if its operator's inference accepts it.

import { BiobertError } from "../core/index.ts";
import type { DType, HostTensor } from "../tensor/index.ts";
import { dimNames, type Dim, type Shape } from "./dims.ts";
import { operatorNamed, type Attributes } from "./operator.ts";

export interface ValueType {
  dtype: DType;
  shape: Shape;
}

/** Where a value comes from: fed at each run, a model's weights, a constant in the graph, or a node. */
export type ValueKind = "input" | "parameter" | "constant" | "node";

export interface Value extends ValueType {
  readonly id: number;
  readonly name: string;
  readonly kind: ValueKind;
  readonly graph: Graph;
  /** The node that makes it; undefined unless `kind` is "node". */
  readonly producer: GraphNode | undefined;
  /** Which output of its producer it is. */
  readonly outputIndex: number;
  /** Only for constants. */
  readonly tensor: HostTensor | undefined;
}

export interface GraphNode {
  readonly id: number;
  readonly operator: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** The scope it was made in, such as "encoder.layer.0": for printing and profiles. */
  readonly scope: string;
}

export class Graph {
  readonly inputs: Value[] = [];
  readonly parameters: Value[] = [];
  readonly constants: Value[] = [];
  readonly nodes: GraphNode[] = [];
  readonly outputs = new Map<string, Value>();
  private nextValue = 0;
  private readonly scopes: string[] = [];
  private readonly names = new Set<string>();

  constructor(readonly name: string) {}

  /** A value fed at each run. A symbolic dimension gets its size from an input that has it bare. */
  input(name: string, dtype: DType, shape: Shape): Value {
    return this.leaf("input", name, dtype, shape, this.inputs);
  }

  /** A weight: fed at each run while training, stored in the model for inference. */
  parameter(name: string, dtype: DType, shape: Shape): Value {
    if (shape.some((dim) => typeof dim !== "number")) {
      throw new BiobertError({ code: "graph-invalid", message: `parameter ${name} has a symbolic shape` });
    }
    return this.leaf("parameter", name, dtype, shape, this.parameters);
  }

  constant(tensor: HostTensor): Value {
    const value = this.makeValue("constant", `c${this.nextValue}`, tensor.dtype, tensor.dims, undefined, 0, tensor);
    this.constants.push(value);
    return value;
  }

  /** Names a result of the graph. */
  output(name: string, value: Value): void {
    if (this.outputs.has(name)) {
      throw new BiobertError({ code: "graph-invalid", message: `two outputs are named "${name}"` });
    }
    this.own(value, `output ${name}`);
    this.outputs.set(name, value);
  }

  /** Runs `build` with `scope` on the path of every node it makes. */
  scoped<T>(scope: string, build: () => T): T {
    this.scopes.push(scope);
    try {
      return build();
    } finally {
      this.scopes.pop();
    }
  }

  /**
   * Adds a node after checking it against its operator's definition.
   * @throws BiobertError `graph-invalid` naming the operator and the shapes it was given.
   */
  add(operator: string, inputs: readonly Value[], attributes: Attributes = {}): readonly Value[] {
    for (const input of inputs) this.own(input, operator);
    const types = operatorNamed(operator).infer(inputs, attributes);
    const outputs: Value[] = [];
    const node: GraphNode = {
      id: this.nodes.length,
      operator,
      inputs,
      outputs,
      attributes,
      scope: this.scopes.join("."),
    };
    types.forEach((type, index) => {
      outputs.push(this.makeValue("node", `v${this.nextValue}`, type.dtype, type.shape, node, index, undefined));
    });
    this.nodes.push(node);
    return outputs;
  }

  /** All symbolic names of the graph's inputs, each with an input and axis that has it bare. */
  dimensionSources(): Map<string, { value: Value; axis: number }> {
    const sources = new Map<string, { value: Value; axis: number }>();
    for (const value of this.inputs) {
      value.shape.forEach((dim: Dim, axis: number) => {
        if (typeof dim === "string" && dimNames(dim).length === 1 && dimNames(dim)[0] === dim && !sources.has(dim)) {
          sources.set(dim, { value, axis });
        }
      });
    }
    return sources;
  }

  private leaf(kind: ValueKind, name: string, dtype: DType, shape: Shape, list: Value[]): Value {
    if (this.names.has(name)) {
      throw new BiobertError({ code: "graph-invalid", message: `two inputs or parameters are named "${name}"` });
    }
    this.names.add(name);
    const value = this.makeValue(kind, name, dtype, shape, undefined, 0, undefined);
    list.push(value);
    return value;
  }

  private makeValue(
    kind: ValueKind,
    name: string,
    dtype: DType,
    shape: Shape,
    producer: GraphNode | undefined,
    outputIndex: number,
    tensor: HostTensor | undefined,
  ): Value {
    return { id: this.nextValue++, name, kind, dtype, shape: [...shape], graph: this, producer, outputIndex, tensor };
  }

  private own(value: Value, user: string): void {
    if (value.graph !== this) {
      throw new BiobertError({
        code: "graph-invalid",
        message: `${user}: value ${value.name} belongs to graph "${value.graph.name}", not to "${this.name}"`,
      });
    }
  }
}
