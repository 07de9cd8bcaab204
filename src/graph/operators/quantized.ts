// 8-bit inference: activations quantised as they come (one scale a tensor, asymmetric uint8), weights ahead of time
// (one scale a column, symmetric int8). Bhandare et al. 2019 describe the scheme; ONNX Runtime's contrib operators run it.

import type { Value, ValueType } from "../ir.ts";
import { numeric } from "../numeric.ts";
import { defineOperator, expectDtype, expectInputs, refuse } from "../operator.ts";

/** Rounds half to even, as ONNX's quantisation does. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

defineOperator({
  name: "dynamicQuantize",
  infer(inputs) {
    expectInputs("dynamicQuantize", inputs, 1);
    expectDtype("dynamicQuantize", inputs, 0, ["float32"]);
    return [
      { dtype: "uint8", shape: inputs[0]!.shape },
      { dtype: "float32", shape: [] },
      { dtype: "uint8", shape: [] },
    ];
  },
  interpret([x]) {
    const low = x!.data.reduce((a, b) => Math.min(a, b), 0);
    const high = x!.data.reduce((a, b) => Math.max(a, b), 0);
    const step = high === low ? 1 : (high - low) / 255;
    const zero = Math.min(255, Math.max(0, roundHalfEven(-low / step)));
    const data = x!.data.map((value) => Math.min(255, Math.max(0, roundHalfEven(value / step) + zero)));
    return [
      numeric("uint8", x!.dims, data),
      numeric("float32", [], Float64Array.of(step)),
      numeric("uint8", [], Float64Array.of(zero)),
    ];
  },
  lower(node, writer) {
    writer.direct("DynamicQuantizeLinear", node);
  },
});

defineOperator({
  name: "integerMatMul",
  infer(inputs) {
    expectInputs("integerMatMul", inputs, 6);
    const [a, b, aScale, bScale, aZero, bias] = inputs as ValueType[];
    (["uint8", "int8", "float32", "float32", "uint8", "float32"] as const).forEach((dtype, index) =>
      expectDtype("integerMatMul", inputs, index, [dtype]),
    );
    if (aScale!.shape.length !== 0 || aZero!.shape.length !== 0) {
      refuse("integerMatMul", inputs, "the first matrix has one scale and one zero point");
    }
    if (a!.shape.length !== 2 || b!.shape.length !== 2 || a!.shape[1] !== b!.shape[0]) {
      refuse("integerMatMul", inputs, "takes two matrices that fit");
    }
    for (const vector of [bScale!, bias!]) {
      if (vector.shape.length !== 1 || vector.shape[0] !== b!.shape[1]) {
        refuse("integerMatMul", inputs, "scale and bias must have one number a column");
      }
    }
    return [{ dtype: "float32", shape: [a!.shape[0]!, b!.shape[1]!] }];
  },
  interpret([a, b, aScale, bScale, aZero, bias]) {
    const [m, inner] = a!.dims as [number, number];
    const n = b!.dims[1]!;
    const out = numeric("float32", [m, n]);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += (a!.data[i * inner + k]! - aZero!.data[0]!) * b!.data[k * n + j]!;
        out.data[i * n + j] = sum * aScale!.data[0]! * bScale!.data[j]! + bias!.data[j]!;
      }
    }
    return [out];
  },
  lower(node, writer) {
    const [a, b, aScale, bScale, aZero, bias] = node.inputs.map((input) => writer.name(input));
    const inputs = [a!, b!, aScale!, bScale!, aZero!, "", bias!];
    writer.node("MatMulIntegerToFloat", inputs, [writer.name(node.outputs[0]!)], {}, "com.microsoft");
  },
});

export interface Quantized {
  values: Value;
  scale: Value;
  zeroPoint: Value;
}

/** x as uint8 with the scale and zero point that its own range asks for. */
export function dynamicQuantize(x: Value): Quantized {
  const [values, scale, zeroPoint] = x.graph.add("dynamicQuantize", [x]);
  return { values: values!, scale: scale!, zeroPoint: zeroPoint! };
}

/** x W + bias in 8-bit integers: x from dynamicQuantize, W int8 `[k, n]` with one scale a column, bias `[n]`. */
export function integerMatMul(x: Quantized, weight: Value, weightScale: Value, bias: Value): Value {
  return x.values.graph.add("integerMatMul", [x.values, weight, x.scale, weightScale, x.zeroPoint, bias])[0]!;
}
