// Activation recomputation (Chen et al. 2016): the backward pass of a segment, such as an encoder layer, makes the segment's
// activations again from its input, so that only the inputs of segments live through the forward pass.

import { BiobertError } from "../core/index.ts";
import { sameShape } from "./dims.ts";
import type { Graph, GraphNode, Value } from "./ir.ts";
import { after } from "./operators/movement.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

export interface RecomputeOptions {
  /** The loss: what is made after it is the backward pass. */
  loss: Value;
  /** The segment that nodes of a scope belong to, if any. The gradient of scope `s` is in scope `gradient.s`. */
  segmentOf(scope: string): string | undefined;
}

const GRADIENT = "gradient.";

interface Segment {
  /** What its forward nodes make. */
  made: Set<Value>;
  /** What of that other segments read: it stays. */
  results: Set<Value>;
  /** The activation that comes in, and its gradient's source: the gradient of what goes out. */
  input: Value | undefined;
  anchor: Value | undefined;
}

/**
 * Gives a new graph with the same outputs, to the bit, in which the backward nodes of each segment read activations made
 * anew. Dropout masks come from a counter, so they are the same ones.
 * @throws BiobertError `graph-invalid` for a segment with no gradient of its input's shape to wait for.
 */
export function recompute(source: Graph, options: RecomputeOptions): Graph {
  const segments = readSegments(source, options);
  const again = new Map<Value, Value>();

  /** `value` made again from its segment's input, once the gradient has come down to the segment. */
  function remade(value: Value, segment: Segment, rewriting: Rewriting): Value {
    const known = again.get(value);
    if (known !== undefined) return known;
    if (value === segment.input) {
      const waiting = after(rewriting.of(value), rewriting.of(segment.anchor!));
      again.set(value, waiting);
      return waiting;
    }
    if (!segment.made.has(value)) return rewriting.of(value);
    const { operator, inputs, attributes, outputs } = value.producer!;
    const copies = rewriting.graph.add(operator, inputs.map((input) => remade(input, segment, rewriting)), attributes);
    outputs.forEach((output, i) => again.set(output, copies[i]!));
    return again.get(value)!;
  }

  const { graph } = rewrite(source, source.name, new Map(), (node, rewriting) => {
    const segment = node.scope.startsWith(GRADIENT) ? segments.get(options.segmentOf(node.scope.slice(GRADIENT.length)) ?? "") : undefined;
    if (segment?.anchor === undefined) return undefined;
    const inputs = node.inputs.map((input) =>
      segment.made.has(input) && !segment.results.has(input) ? remade(input, segment, rewriting) : rewriting.of(input),
    );
    const outputs = rewriting.graph.add(node.operator, inputs, node.attributes);
    return new Map(node.outputs.map((output, i) => [output, outputs[i]!]));
  });
  return graph;
}

function readSegments(source: Graph, { loss, segmentOf }: RecomputeOptions): Map<string, Segment> {
  const segments = new Map<string, Segment>();
  const ofNode = new Map<GraphNode, Segment>();
  const lossAt = source.nodes.indexOf(loss.producer!);
  const forward = source.nodes.slice(0, lossAt + 1);
  const backward = source.nodes.slice(lossAt + 1);
  const gradients = new Set(backward.flatMap(({ outputs }) => outputs));
  for (const node of forward) {
    const name = segmentOf(node.scope);
    if (name === undefined) continue;
    let segment = segments.get(name);
    if (segment === undefined) {
      segments.set(name, (segment = { made: new Set(), results: new Set(), input: undefined, anchor: undefined }));
    }
    ofNode.set(node, segment);
    for (const output of node.outputs) segment.made.add(output);
  }
  for (const node of forward) {
    for (const value of node.inputs) {
      const maker = value.producer === undefined ? undefined : ofNode.get(value.producer);
      if (maker !== undefined && maker !== ofNode.get(node)) maker.results.add(value);
    }
  }
  for (const value of source.outputs.values()) {
    if (value.producer !== undefined) ofNode.get(value.producer)?.results.add(value);
  }
  for (const [name, segment] of segments) {
    const reads = backward.filter(({ scope }) => scope.startsWith(GRADIENT) && segmentOf(scope.slice(GRADIENT.length)) === name);
    if (reads.length === 0) continue;
    const own = new Set(reads.flatMap(({ outputs }) => outputs));
    const coming = reads.flatMap(({ inputs }) => inputs).filter((value) => gradients.has(value) && !own.has(value));
    const inputs = forward.filter((node) => ofNode.get(node) === segment).flatMap((node) => node.inputs);
    const outside = inputs.filter((value) => value.kind === "node" && !segment.made.has(value) && value.dtype === "float32");
    for (const anchor of coming) {
      const input = outside.find(({ shape }) => sameShape(shape, anchor.shape));
      if (input === undefined) continue;
      Object.assign(segment, { input, anchor });
      break;
    }
    if (segment.anchor === undefined) {
      throw new BiobertError({
        code: "graph-invalid",
        message: `segment ${name} cannot be recomputed: no gradient comes to it with the shape of its input`,
        place: { name },
      });
    }
  }
  return segments;
}
