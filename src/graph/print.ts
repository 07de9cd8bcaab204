// A readable listing of a graph, one line a value, stable from run to run: for eyes, and for golden files.

import { formatShape } from "./dims.ts";
import type { Graph, Value } from "./ir.ts";
import type { Attributes } from "./operator.ts";

function printAttributes(attributes: Attributes): string {
  const parts = Object.entries(attributes).map(
    ([key, value]) => `${key}=${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}`,
  );
  return parts.length === 0 ? "" : ` {${parts.join(", ")}}`;
}

/** Prints a graph: inputs, parameters, constants, then one line a node grouped by scope, then outputs. */
export function print(graph: Graph): string {
  const names = new Map<Value, string>();
  const lines = [`graph ${graph.name}`];
  const leaf = (keyword: string, values: readonly Value[], show: (value: Value) => string): void => {
    values.forEach((value, i) => {
      names.set(value, value.kind === "constant" ? `c${i}` : value.name);
      lines.push(`  ${keyword} ${names.get(value)}: ${value.dtype}${formatShape(value.shape)}${show(value)}`);
    });
  };
  leaf("input", graph.inputs, () => "");
  leaf("parameter", graph.parameters, () => "");
  leaf("constant", graph.constants, (value) => {
    const data = value.tensor!.data;
    return ` = ${Array.from(data.subarray(0, 4) as ArrayLike<number>).join(", ")}${data.length > 4 ? ", ..." : ""}`;
  });
  let scope = "";
  let count = 0;
  for (const node of graph.nodes) {
    if (node.scope !== scope) {
      scope = node.scope;
      lines.push(`  # ${scope}`);
    }
    for (const output of node.outputs) names.set(output, `%${count++}`);
    const made = node.outputs
      .map((output) => `${names.get(output)}: ${output.dtype}${formatShape(output.shape)}`)
      .join(", ");
    const used = node.inputs.map((input) => names.get(input)).join(", ");
    lines.push(`  ${made} = ${node.operator}(${used})${printAttributes(node.attributes)}`);
  }
  for (const [name, value] of graph.outputs) lines.push(`  output ${name} = ${names.get(value)}`);
  return `${lines.join("\n")}\n`;
}
