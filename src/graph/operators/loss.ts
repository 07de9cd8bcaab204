// Softmax cross-entropy and its gradient as operators of their own: over a vocabulary of tens of thousands, a one-hot
// matrix and a product with it would cost as much as the decoder's own matrix product.

import type { Dim } from "../dims.ts";
import type { Value, ValueType } from "../ir.ts";
import { numeric } from "../numeric.ts";
import type { OnnxWriter } from "../onnx/writer.ts";
import { defineOperator, expectDtype, expectInputs, operatorNamed, refuse, type Numeric } from "../operator.ts";

/** Checks `[rows, classes]` scores at input 0 against int32 `[rows]` labels at input 1. */
function expectScoresAndLabels(operator: string, inputs: readonly ValueType[]): void {
  expectDtype(operator, inputs, 0, ["float32"]);
  expectDtype(operator, inputs, 1, ["int32"]);
  const [scores, labels] = inputs as [ValueType, ValueType];
  if (scores.shape.length !== 2 || labels.shape.length !== 1 || labels.shape[0] !== scores.shape[0]) {
    refuse(operator, inputs, "takes [rows, classes] and one label a row");
  }
}

/** Calls `fn` for each row whose label is a class. */
function eachCounted(labels: Numeric, classes: number, fn: (row: number, label: number) => void): void {
  labels.data.forEach((label, row) => {
    if (label >= 0 && label < classes) fn(row, label);
  });
}

/** ONNX names of two columns `[rows, 1]`: labels with 0 for those not counted (int64), and 1 or 0, counted or not. */
function labelColumns(writer: OnnxWriter, labels: Value, classes: Dim): { column: string; counted: string } {
  const names = ["labels", "labels", "counted", "counted", "counted", "labels"].map((name) => writer.fresh(name));
  const [wide, tall, least, most, both, column] = names as [string, string, string, string, string, string];
  const zero = writer.int64Vector([0]);
  writer.node("Cast", [writer.name(labels)], [wide], { to: { dtype: "int64" } });
  writer.node("Unsqueeze", [wide, writer.int64Vector([1])], [tall]);
  writer.node("GreaterOrEqual", [tall, zero], [least]);
  writer.node("Less", [tall, writer.shapeVector([classes], false)], [most]);
  writer.node("And", [least, most], [both]);
  writer.node("Where", [both, tall, zero], [column]);
  const counted = writer.fresh("counted");
  writer.node("Cast", [both], [counted], { to: { dtype: "float32" } });
  return { column, counted };
}

defineOperator({
  name: "softmaxCrossEntropy",
  infer(inputs) {
    expectInputs("softmaxCrossEntropy", inputs, 2);
    expectScoresAndLabels("softmaxCrossEntropy", inputs);
    return [
      { dtype: "float32", shape: inputs[1]!.shape },
      { dtype: "float32", shape: inputs[0]!.shape },
    ];
  },
  interpret([logits, labels], attributes, context) {
    const [logProbabilities] = operatorNamed("logSoftmax").interpret([logits!], attributes, context);
    const losses = numeric("float32", labels!.dims);
    const classes = logits!.dims[1]!;
    eachCounted(labels!, classes, (row, label) => (losses.data[row] = -logProbabilities!.data[row * classes + label]!));
    return [losses, logProbabilities!];
  },
  lower(node, writer) {
    const [logits, labels] = node.inputs as [Value, Value];
    const [losses, logProbabilities] = node.outputs.map((output) => writer.name(output)) as [string, string];
    const { column, counted } = labelColumns(writer, labels, logits.shape[1]!);
    writer.node("LogSoftmax", [writer.name(logits)], [logProbabilities], { axis: { int: -1 } });
    const [picked, kept, row] = ["picked", "picked", "picked"].map((name) => writer.fresh(name)) as [
      string,
      string,
      string,
    ];
    writer.node("GatherElements", [logProbabilities, column], [picked], { axis: { int: 1 } });
    writer.node("Mul", [picked, counted], [kept]);
    writer.node("Squeeze", [kept, writer.int64Vector([1])], [row]);
    writer.node("Neg", [row], [losses]);
  },
});

// (softmax - one-hot) times the gradient of each row's loss, and 0 in rows that are not counted.
defineOperator({
  name: "softmaxCrossEntropyGradient",
  infer(inputs) {
    expectInputs("softmaxCrossEntropyGradient", inputs, 3);
    expectScoresAndLabels("softmaxCrossEntropyGradient", inputs);
    expectDtype("softmaxCrossEntropyGradient", inputs, 2, ["float32"]);
    const [scores, labels, gradient] = inputs as [ValueType, ValueType, ValueType];
    if (gradient.shape.length !== 1 || gradient.shape[0] !== labels.shape[0]) {
      refuse("softmaxCrossEntropyGradient", inputs, "takes one gradient a row");
    }
    return [{ dtype: "float32", shape: scores.shape }];
  },
  interpret([logProbabilities, labels, gradient]) {
    const classes = logProbabilities!.dims[1]!;
    const out = numeric("float32", logProbabilities!.dims);
    eachCounted(labels!, classes, (row, label) => {
      for (let k = 0; k < classes; k++) {
        const at = row * classes + k;
        out.data[at] = (Math.exp(logProbabilities!.data[at]!) - Number(k === label)) * gradient!.data[row]!;
      }
    });
    return [out];
  },
  lower(node, writer) {
    const [logProbabilities, labels, gradient] = node.inputs as [Value, Value, Value];
    const { column, counted } = labelColumns(writer, labels, logProbabilities.shape[1]!);
    const names = ["softmax", "minus", "difference", "gradient", "gradient"].map((name) => writer.fresh(name));
    const [softmax, minus, difference, tall, kept] = names as [string, string, string, string, string];
    writer.node("Exp", [writer.name(logProbabilities)], [softmax]);
    writer.node("Neg", [counted], [minus]);
    writer.node("ScatterElements", [softmax, column, minus], [difference], {
      axis: { int: 1 },
      reduction: { string: "add" },
    });
    writer.node("Unsqueeze", [writer.name(gradient), writer.int64Vector([1])], [tall]);
    writer.node("Mul", [tall, counted], [kept]);
    writer.node("Mul", [difference, kept], [writer.name(node.outputs[0]!)]);
  },
});

/**
 * Softmax cross-entropy of logits `[rows, classes]` against int32 labels `[rows]`: the loss of each row, 0 where the
 * label is outside 0..classes-1, and the logarithms of the probabilities `[rows, classes]`.
 */
export function softmaxCrossEntropy(logits: Value, labels: Value): { losses: Value; logProbabilities: Value } {
  const [losses, logProbabilities] = logits.graph.add("softmaxCrossEntropy", [logits, labels]);
  return { losses: losses!, logProbabilities: logProbabilities! };
}

/** The gradient of `losses` by the logits, given that of each row's loss `[rows]`. */
export function softmaxCrossEntropyGradient(logProbabilities: Value, labels: Value, gradient: Value): Value {
  return logProbabilities.graph.add("softmaxCrossEntropyGradient", [logProbabilities, labels, gradient])[0]!;
}
