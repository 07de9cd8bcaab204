// Matrix products: of two matrices (every linear layer and both its gradients) and of stacks of matrices (attention).

import { multiplyDims, sameShape, type Dim } from "../dims.ts";
import type { GraphNode, Value, ValueType } from "../ir.ts";
import type { OnnxWriter } from "../onnx/writer.ts";
import { numeric } from "../numeric.ts";
import {
  defineOperator,
  expectDtype,
  expectInputs,
  expectSameDtype,
  FLOATS,
  refuse,
  type Attributes,
  type Numeric,
} from "../operator.ts";

export interface ProductOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** Factor on the product. */
  alpha?: number;
}

function productShape(operator: string, inputs: readonly ValueType[], attributes: Attributes): [Dim, Dim] {
  const [rowsA, columnsA] = inputs[0]!.shape.slice(-2) as [Dim, Dim];
  const [rowsB, columnsB] = inputs[1]!.shape.slice(-2) as [Dim, Dim];
  const [m, innerA] = attributes["transposeA"] ? [columnsA, rowsA] : [rowsA, columnsA];
  const [innerB, n] = attributes["transposeB"] ? [columnsB, rowsB] : [rowsB, columnsB];
  if (innerA !== innerB) refuse(operator, inputs, `inner dimensions ${innerA} and ${innerB} differ`);
  return [m, n];
}

function multiplyMatrices(a: Numeric, b: Numeric, attributes: Attributes, out: Float64Array, stack: number): void {
  const [rowsA, columnsA] = a.dims.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.dims.slice(-2) as [number, number];
  const ta = Boolean(attributes["transposeA"]);
  const tb = Boolean(attributes["transposeB"]);
  const [m, inner] = ta ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = tb ? rowsB : columnsB;
  const offsetA = stack * rowsA * columnsA;
  const offsetB = stack * rowsB * columnsB;
  const alpha = attributes["alpha"] as number;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        const x = a.data[offsetA + (ta ? k * columnsA + i : i * columnsA + k)]!;
        const y = b.data[offsetB + (tb ? j * columnsB + k : k * columnsB + j)]!;
        sum += x * y;
      }
      out[stack * m * n + i * n + j] = alpha * sum;
    }
  }
}

/** Attributes of a product with the second matrix transposed. */
const TRANSPOSED: Attributes = { transposeA: false, transposeB: true, alpha: 1 };

defineOperator({
  name: "matMul",
  infer(inputs, attributes) {
    expectInputs("matMul", inputs, 2);
    for (const index of [0, 1]) {
      expectDtype("matMul", inputs, index, FLOATS);
      if (inputs[index]!.shape.length !== 2) refuse("matMul", inputs, "takes two matrices");
    }
    expectSameDtype("matMul", inputs);
    return [{ dtype: inputs[0]!.dtype, shape: productShape("matMul", inputs, attributes) }];
  },
  interpret([a, b], attributes) {
    const m = a!.dims[attributes["transposeA"] ? 1 : 0]!;
    const n = b!.dims[attributes["transposeB"] ? 0 : 1]!;
    const out = numeric(a!.dtype, [m, n]);
    multiplyMatrices(a!, b!, attributes, out.data, 0);
    return [out];
  },
  lower(node, writer) {
    const { transposeA, transposeB, alpha } = node.attributes;
    writer.direct("Gemm", node, {
      transA: { int: Number(transposeA) },
      transB: { int: Number(transposeB) },
      alpha: { float: alpha as number },
    });
  },
});

defineOperator({
  name: "affine",
  infer(inputs) {
    expectInputs("affine", inputs, 3);
    const [x, weight, bias] = inputs as [ValueType, ValueType, ValueType];
    for (const index of [0, 1, 2]) expectDtype("affine", inputs, index, FLOATS);
    expectSameDtype("affine", inputs);
    if (x.shape.length !== 2 || weight.shape.length !== 2) refuse("affine", inputs, "takes two matrices");
    const shape = productShape("affine", inputs, TRANSPOSED);
    if (bias.shape.length !== 1 || bias.shape[0] !== shape[1])
      refuse("affine", inputs, `the bias must be [${shape[1]}]`);
    return [{ dtype: x.dtype, shape }];
  },
  interpret([x, weight, bias]) {
    const columns = weight!.dims[0]!;
    const out = numeric(x!.dtype, [x!.dims[0]!, columns]);
    multiplyMatrices(x!, weight!, TRANSPOSED, out.data, 0);
    out.data.forEach((value, i) => (out.data[i] = value + bias!.data[i % columns]!));
    return [out];
  },
  lower(node, writer) {
    writer.direct("Gemm", node, { transB: { int: 1 } });
  },
});

defineOperator({
  name: "batchMatMul",
  infer(inputs, attributes) {
    expectInputs("batchMatMul", inputs, 2);
    const [a, b] = inputs as [ValueType, ValueType];
    for (const index of [0, 1]) expectDtype("batchMatMul", inputs, index, FLOATS);
    expectSameDtype("batchMatMul", inputs);
    if (a.shape.length < 3 || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
      refuse("batchMatMul", inputs, "takes two stacks of matrices of the same stacking");
    }
    return [{ dtype: a.dtype, shape: [...a.shape.slice(0, -2), ...productShape("batchMatMul", inputs, attributes)] }];
  },
  interpret([a, b], attributes) {
    const stack = a!.dims.slice(0, -2);
    const m = a!.dims.at(attributes["transposeA"] ? -1 : -2)!;
    const n = b!.dims.at(attributes["transposeB"] ? -2 : -1)!;
    const out = numeric(a!.dtype, [...stack, m, n]);
    const count = multiplyDims(...stack) as number;
    for (let i = 0; i < count; i++) multiplyMatrices(a!, b!, attributes, out.data, i);
    return [out];
  },
  lower(node, writer) {
    const { transposeA, transposeB, alpha } = node.attributes;
    const attributes = {
      transA: { int: Number(transposeA) },
      transB: { int: Number(transposeB) },
      alpha: { float: alpha as number },
    };
    if (writer.target === "native") writer.direct("FusedMatMul", node, attributes, "com.microsoft");
    else writePlainProduct(node, writer);
  },
});

/** A product of stacks in operators that WebGPU has kernels for: FusedMatMul is none of them. */
function writePlainProduct(node: GraphNode, writer: OnnxWriter): void {
  const { transposeA, transposeB, alpha } = node.attributes;
  const [a, b] = node.inputs.map((input, i) => {
    if (![transposeA, transposeB][i]) return writer.name(input);
    const axes = [...input.shape.keys()];
    const turned = writer.fresh("turned");
    writer.node("Transpose", [writer.name(input)], [turned], {
      perm: { ints: [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!] },
    });
    return turned;
  }) as [string, string];
  const result = writer.name(node.outputs[0]!);
  if (alpha === 1) return writer.node("MatMul", [a, b], [result]);
  const product = writer.fresh("product");
  writer.node("MatMul", [a, b], [product]);
  const factor = writer.realScalar(alpha as number, node.outputs[0]!.dtype);
  writer.node("Mul", [product, factor], [result]);
}

function complete(options: ProductOptions): Attributes {
  return {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
    alpha: options.alpha ?? 1,
  };
}

/** alpha * A B of two matrices, either one transposed first. */
export function matMul(a: Value, b: Value, options: ProductOptions = {}): Value {
  return a.graph.add("matMul", [a, b], complete(options))[0]!;
}

/** x W^T + bias for x `[tokens, in]`, W `[out, in]`, bias `[out]`: for weights that are constants (see fuse.ts). */
export function affine(x: Value, weight: Value, bias: Value): Value {
  return x.graph.add("affine", [x, weight, bias])[0]!;
}

/** alpha * A B for each pair of matrices in two stacks `[..., m, k]` and `[..., k, n]`, either one transposed first. */
export function batchMatMul(a: Value, b: Value, options: ProductOptions = {}): Value {
  return a.graph.add("batchMatMul", [a, b], complete(options))[0]!;
}
