// 8-bit inference: activations in asymmetric uint8 with one fixed scale a tensor, weights in symmetric int8 with one scale a
// column. Bhandare et al. 2019 describe the scheme; ONNX Runtime's contrib operators run it.

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
  name: "quantizeLinear",
  infer(inputs) {
    expectInputs("quantizeLinear", inputs, 3);
    (["float32", "float32", "uint8"] as const).forEach((dtype, index) =>
      expectDtype("quantizeLinear", inputs, index, [dtype]),
    );
    if (inputs[1]!.shape.length !== 0 || inputs[2]!.shape.length !== 0) {
      refuse("quantizeLinear", inputs, "takes one scale and one zero point");
    }
    return [{ dtype: "uint8", shape: inputs[0]!.shape }];
  },
  interpret([x, scale, zero]) {
    const [step, shift] = [scale!.data[0]!, zero!.data[0]!];
    // The quotient is rounded as ONNX Runtime does it, in single precision, and values out of range go to its ends.
    const byte = (value: number): number =>
      Math.min(255, Math.max(0, roundHalfEven(Math.fround(value / step)) + shift));
    return [numeric("uint8", x!.dims, x!.data.map(byte))];
  },
  lower(node, writer) {
    writer.direct("QuantizeLinear", node);
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

/** x as uint8: `round(x / step) + zero`, held within 0..255. */
export function quantizeLinear(x: Value, step: number, zero: number): Quantized {
  const scale = x.graph.constant({ dtype: "float32", dims: [], data: Float32Array.of(step) });
  const zeroPoint = x.graph.constant({ dtype: "uint8", dims: [], data: Uint8Array.of(zero) });
  return { values: x.graph.add("quantizeLinear", [x, scale, zeroPoint])[0]!, scale, zeroPoint };
}

/** x W + bias in 8-bit integers: x from quantizeLinear, W int8 `[k, n]` with one scale a column, bias `[n]`. */
export function integerMatMul(x: Quantized, weight: Value, weightScale: Value, bias: Value): Value {
  return x.values.graph.add("integerMatMul", [x.values, weight, x.scale, weightScale, x.zeroPoint, bias])[0]!;
}
