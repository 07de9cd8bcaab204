// Multi-head attention in one operator, for inference (Vaswani et al. 2017). Where a batch has no padding, which is how texts
// of one length come, ONNX Runtime runs it block by block without ever holding the scores (Dao et al. 2022).

import { multiplyDims, type Dim } from "../dims.ts";
import type { Value, ValueType } from "../ir.ts";
import { numeric } from "../numeric.ts";
import type { OnnxWriter } from "../onnx/writer.ts";
import { defineOperator, expectDtype, expectInputs, refuse, type Attributes } from "../operator.ts";

export interface FusedAttentionOptions {
  heads: number;
  /** Factor on the scores. */
  alpha: number;
}

defineOperator({
  name: "attention",
  infer(inputs, attributes) {
    expectInputs("attention", inputs, 4);
    inputs.forEach((_, index) => expectDtype("attention", inputs, index, ["float32"]));
    const [query, key, value, bias] = inputs as [ValueType, ValueType, ValueType, ValueType];
    const { shape } = query;
    const hidden = shape[1];
    if (
      [query, key, value].some(
        (part) => part.shape.length !== 2 || part.shape[0] !== shape[0] || part.shape[1] !== hidden,
      )
    ) {
      refuse("attention", inputs, "query, key and value must be matrices of one shape");
    }
    if (typeof hidden !== "number" || hidden % (attributes["heads"] as number) !== 0) {
      refuse("attention", inputs, `the width cannot be split into ${String(attributes["heads"])} heads`);
    }
    const [batch, one, another, sequence] = bias.shape;
    if (bias.shape.length !== 4 || one !== 1 || another !== 1 || multiplyDims(batch!, sequence!) !== shape[0]) {
      refuse("attention", inputs, "the bias must be [batch, 1, 1, sequence] of these tokens");
    }
    return [{ dtype: "float32", shape }];
  },
  interpret([query, key, value, bias], attributes) {
    const { heads, alpha } = optionsOf(attributes);
    const [batch, , , sequence] = bias!.dims as [number, number, number, number];
    const hidden = query!.dims[1]!;
    const size = hidden / heads;
    const out = numeric("float32", query!.dims);
    for (let text = 0; text < batch; text++) {
      for (let head = 0; head < heads; head++) {
        const at = (token: number): number => (text * sequence + token) * hidden + head * size;
        for (let i = 0; i < sequence; i++) {
          const scores = Array.from({ length: sequence }, (_, j) => {
            let sum = 0;
            for (let k = 0; k < size; k++) sum += query!.data[at(i) + k]! * key!.data[at(j) + k]!;
            return alpha * sum + bias!.data[text * sequence + j]!;
          });
          const peak = Math.max(...scores);
          const powers = scores.map((score) => Math.exp(score - peak));
          const total = powers.reduce((a, b) => a + b, 0);
          powers.forEach((power, j) => {
            for (let k = 0; k < size; k++) out.data[at(i) + k]! += (power / total) * value!.data[at(j) + k]!;
          });
        }
      }
    }
    return [out];
  },
  lower(node, writer) {
    const [query, key, value, bias] = node.inputs.map((input) => writer.name(input)) as [
      string,
      string,
      string,
      string,
    ];
    const [batch, , , sequence] = node.inputs[3]!.shape as [Dim, Dim, Dim, Dim];
    const { shape } = node.outputs[0]!;
    const { heads, alpha } = optionsOf(node.attributes);
    const hidden = shape[1] as number;
    // What both branches read lies outside them.
    const flat = writer.shapeVector(shape, true);
    const texts = writer.shapeVector([batch, sequence, hidden], true);
    const split = writer.shapeVector([batch, sequence, heads, hidden / heads], true);
    const whole = allZero(bias, writer);

    const blockwise = writer.branch(node.outputs[0]!, () => {
      const parts = [query, key, value].map((part) => made(writer, "Reshape", [part, texts]));
      const attributes = { num_heads: { int: heads }, scale: { float: alpha } };
      const context = made(writer, "MultiHeadAttention", parts, attributes, "com.microsoft");
      return made(writer, "Reshape", [context, flat]);
    });
    const step = writer.branch(node.outputs[0]!, () => {
      const order = { perm: { ints: [0, 2, 1, 3] } };
      const [q, k, v] = [query, key, value].map((part) =>
        made(writer, "Transpose", [made(writer, "Reshape", [part, split])], order),
      ) as [string, string, string];
      const scores = made(
        writer,
        "FusedMatMul",
        [q, k],
        { transB: { int: 1 }, alpha: { float: alpha } },
        "com.microsoft",
      );
      const probabilities = made(writer, "Softmax", [made(writer, "Add", [scores, bias])], { axis: { int: -1 } });
      const context = made(writer, "Transpose", [made(writer, "MatMul", [probabilities, v])], order);
      return made(writer, "Reshape", [context, flat]);
    });
    writer.node("If", [whole], [writer.name(node.outputs[0]!)], { then_branch: blockwise, else_branch: step });
  },
});

function optionsOf({ heads, alpha }: Attributes): FusedAttentionOptions {
  return { heads: heads as number, alpha: alpha as number };
}

/** Writes one node and gives the name of its only output. */
function made(
  writer: OnnxWriter,
  op: string,
  inputs: readonly string[],
  attributes: Parameters<OnnxWriter["node"]>[3] = {},
  domain = "",
): string {
  const output = writer.fresh(op.toLowerCase());
  writer.node(op, inputs, [output], attributes, domain);
  return output;
}

/** The name of a bool: whether no token is hidden by the bias. Written once for all layers. */
function allZero(bias: string, writer: OnnxWriter): string {
  return writer.once(`all zero: ${bias}`, () => {
    const least = made(writer, "ReduceMin", [bias], { keepdims: { int: 0 } });
    return made(writer, "Equal", [least, writer.realScalar(0, "float32")]);
  });
}

/**
 * Multi-head scaled dot-product attention of query, key and value `[batch*sequence, hidden]`, without projections, with a
 * bias on the scores `[batch, 1, 1, sequence]`: 0 where attention may look, very negative where not. `[batch*sequence, hidden]`.
 */
export function attention(query: Value, key: Value, value: Value, bias: Value, options: FusedAttentionOptions): Value {
  return query.graph.add("attention", [query, key, value, bias], { heads: options.heads, alpha: options.alpha })[0]!;
}
