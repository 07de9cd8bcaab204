// Activation recomputation: the backward pass of a segment makes the segment's activations again from its input, so that
// only the inputs of segments live through the forward pass. A segment is a whole layer (Chen et al. 2016), or only what a
// layer holds for each pair of tokens (selective recomputation, Korthikanti et al. 2022).

import { BiobertError } from "../core/index.ts";
import type { Graph, GraphNode, Value } from "./ir.ts";
import { after } from "./operators/movement.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

export interface RecomputeOptions {
  /** The loss: what is made after it is the backward pass. */
  loss: Value;
  /** The segment that a node of the forward pass belongs to, if any. */
  segmentOf(node: GraphNode): string | undefined;
}

interface Segment {
  /** What its forward nodes make. */
  made: Set<Value>;
  /** What of that other segments read: it stays. */
  results: Set<Value>;
  /** What was made again, and what comes in and waits. */
  again: Map<Value, Value>;
  /** The gradient that has come to it when its backward pass begins. */
  anchor: Value | undefined;
}

/**
 * Gives a new graph with the same outputs, to the bit, in which the backward nodes of each segment read activations made
 * anew. Dropout masks come from a counter, so they are the same ones.
 * @throws BiobertError `graph-invalid` for a segment with no gradient to wait for.
 */
export function recompute(source: Graph, options: RecomputeOptions): Graph {
  const segments = readSegments(source, options);
  const lossAt = source.nodes.indexOf(options.loss.producer!);
  const backward = new Set(source.nodes.slice(lossAt + 1));
  /** `value` made again, once a gradient has come down to the segment. */
  function remade(value: Value, segment: Segment, rewriting: Rewriting): Value {
    const isFixed = value.kind === "parameter" || value.kind === "constant";
    const known = isFixed ? rewriting.of(value) : segment.again.get(value);
    if (known !== undefined) return known;
    if (!segment.made.has(value)) {
      // What comes from outside waits, be it an activation or the key of a mask: else ONNX Runtime would run ahead.
      const waiting = after(rewriting.of(value), rewriting.of(segment.anchor!));
      segment.again.set(value, waiting);
      return waiting;
    }
    const { operator, inputs, attributes, outputs } = value.producer!;
    const copies = rewriting.graph.add(
      operator,
      inputs.map((input) => remade(input, segment, rewriting)),
      attributes,
    );
    outputs.forEach((output, i) => segment.again.set(output, copies[i]!));
    return segment.again.get(value)!;
  }

  const { graph } = rewrite(source, source.name, new Map(), (node, rewriting) => {
    if (!backward.has(node) || !node.inputs.some((input) => segments.has(input))) return undefined;
    const inputs = node.inputs.map((input) => {
      const segment = segments.get(input);
      return segment === undefined || segment.results.has(input)
        ? rewriting.of(input)
        : remade(input, segment, rewriting);
    });
    const outputs = rewriting.graph.add(node.operator, inputs, node.attributes);
    return new Map(node.outputs.map((output, i) => [output, outputs[i]!]));
  });
  return graph;
}

/** The segment of each value that one makes. */
function readSegments(source: Graph, { loss, segmentOf }: RecomputeOptions): Map<Value, Segment> {
  const segments = new Map<string, Segment>();
  const makers = new Map<Value, Segment>();
  const lossAt = source.nodes.indexOf(loss.producer!);
  const forward = source.nodes.slice(0, lossAt + 1);
  const backward = source.nodes.slice(lossAt + 1);
  for (const node of forward) {
    const name = segmentOf(node);
    if (name === undefined) continue;
    const segment = segments.get(name) ?? { made: new Set(), results: new Set(), again: new Map(), anchor: undefined };
    segments.set(name, segment);
    for (const output of node.outputs) {
      segment.made.add(output);
      makers.set(output, segment);
    }
  }
  for (const node of forward) {
    const own = makers.get(node.outputs[0]!);
    for (const value of node.inputs) {
      const maker = makers.get(value);
      if (maker !== undefined && maker !== own) maker.results.add(value);
    }
  }
  for (const value of source.outputs.values()) makers.get(value)?.results.add(value);
  for (const [name, segment] of segments) {
    const isRemade = (value: Value): boolean => segment.made.has(value) && !segment.results.has(value);
    const first = backward.findIndex((node) => node.inputs.some(isRemade));
    if (first < 0) continue;
    const readLater = new Set(backward.slice(first).flatMap(({ inputs }) => inputs));
    const before = backward.slice(0, first).flatMap(({ outputs }) => outputs);
    segment.anchor = before.findLast((value) => readLater.has(value) && value.shape.length > 0);
    if (segment.anchor === undefined) {
      throw new BiobertError({
        code: "graph-invalid",
        message: `segment ${name} cannot be recomputed: no gradient comes to it`,
        place: { name },
      });
    }
  }
  return makers;
}
