// The gradient table: one rule an operator. A rule builds, in the same graph, the gradient of each input from the
// gradients of the outputs. Reverse mode as in Baydin et al. 2018; nothing is differentiated numerically.

import { BiobertError } from "../core/index.ts";
import {
  add,
  batchMatMul,
  broadcastTo,
  divide,
  equal,
  erf,
  exponential,
  formatShape,
  gatherRows,
  iota,
  matMul,
  multiply,
  negate,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  sameShape,
  scalar,
  scale,
  scatterAddRows,
  select,
  sigmoid,
  slice,
  softmaxCrossEntropyGradient,
  subtract,
  transpose,
  type Dim,
  type GraphNode,
  type Value,
} from "../graph/index.ts";

export interface RuleArguments {
  node: GraphNode;
  inputs: readonly Value[];
  outputs: readonly Value[];
  /** The gradient of each output; undefined where nothing depends on it. */
  gradients: readonly (Value | undefined)[];
  /** Whether the gradient of each input is wanted. */
  needed: readonly boolean[];
}

/** The gradient of each input, undefined where not wanted. */
export type Rule = (arguments_: RuleArguments) => (Value | undefined)[];

/** Sums a gradient over the axes along which its value was broadcast. */
export function sumTo(gradient: Value, shape: readonly Dim[]): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  );
  return reshape(reduceSum(gradient, axes), shape);
}

/** Gives each wanted input its gradient, made on demand. */
function each(needed: readonly boolean[], ...make: (() => Value)[]): (Value | undefined)[] {
  return make.map((build, i) => (needed[i] ? build() : undefined));
}

/** A rule for an operator of one float input and one float output. */
function unary(build: (gradient: Value, x: Value, y: Value) => Value): Rule {
  return ({ inputs, outputs, gradients }) => [build(gradients[0]!, inputs[0]!, outputs[0]!)];
}

function keptShape(node: GraphNode): Dim[] {
  const shape = node.inputs[0]!.shape;
  const axes = (node.attributes["axes"] as number[]).map((axis) => (axis < 0 ? axis + shape.length : axis));
  return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}

const productRule =
  (product: typeof matMul): Rule =>
  ({ node, inputs, gradients, needed }) => {
    const [a, b] = inputs as [Value, Value];
    const dy = gradients[0]!;
    const { transposeA, transposeB, alpha } = node.attributes as {
      transposeA: boolean;
      transposeB: boolean;
      alpha: number;
    };
    return each(
      needed,
      () =>
        transposeA
          ? product(b, dy, { transposeA: transposeB, transposeB: true, alpha })
          : product(dy, b, { transposeB: !transposeB, alpha }),
      () =>
        transposeB
          ? product(dy, a, { transposeA: true, transposeB: transposeA, alpha })
          : product(a, dy, { transposeA: !transposeA, alpha }),
    );
  };

function undifferentiated(operator: string, what: string): BiobertError {
  return new BiobertError({
    code: "gradient-missing",
    message: `${operator}: no gradient through ${what}`,
    place: { name: operator },
  });
}

function logSoftmaxGradient(dy: Value, logProbabilities: Value): Value {
  return subtract(dy, multiply(exponential(logProbabilities), reduceSum(dy, [-1], { keepDims: true })));
}

const noGradient: Rule = ({ inputs }) => inputs.map(() => undefined);

export const rules: Readonly<Record<string, Rule>> = {
  add: ({ inputs, gradients, needed }) =>
    each(needed, ...inputs.map((input) => () => sumTo(gradients[0]!, input.shape))),

  subtract: ({ inputs, gradients, needed }) =>
    each(
      needed,
      () => sumTo(gradients[0]!, inputs[0]!.shape),
      () => negate(sumTo(gradients[0]!, inputs[1]!.shape)),
    ),

  multiply: ({ inputs, gradients, needed }) =>
    each(
      needed,
      () => sumTo(multiply(gradients[0]!, inputs[1]!), inputs[0]!.shape),
      () => sumTo(multiply(gradients[0]!, inputs[0]!), inputs[1]!.shape),
    ),

  divide: ({ inputs, outputs, gradients, needed }) =>
    each(
      needed,
      () => sumTo(divide(gradients[0]!, inputs[1]!), inputs[0]!.shape),
      () => negate(sumTo(divide(multiply(gradients[0]!, outputs[0]!), inputs[1]!), inputs[1]!.shape)),
    ),

  negate: unary((dy) => negate(dy)),
  exponential: unary((dy, _x, y) => multiply(dy, y)),
  logarithm: unary((dy, x) => divide(dy, x)),
  squareRoot: unary((dy, _x, y) => divide(scale(dy, 0.5), y)),
  reciprocal: unary((dy, _x, y) => negate(multiply(dy, multiply(y, y)))),
  hyperbolicTangent: unary((dy, _x, y) => multiply(dy, subtract(scalar(y.graph, 1), multiply(y, y)))),
  erf: unary((dy, x) => multiply(dy, scale(exponential(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI)))),

  sigmoid: unary((dy, _x, y) => multiply(dy, subtract(y, multiply(y, y)))),
  softplus: unary((dy, x) => multiply(dy, sigmoid(x))),

  // d/dx x Phi(x) = Phi(x) + x phi(x). With t = x / sqrt 2: Phi = (1 + erf t) / 2 and x phi = t exp(-t^2) / sqrt pi.
  // Each step after the first two can write over the one before: memory, not arithmetic, is what this costs.
  gelu: unary((dy, x) => {
    const t = scale(x, Math.SQRT1_2);
    const density = multiply(exponential(subtract(scalar(x.graph, -0.5 * Math.log(Math.PI)), multiply(t, t))), t);
    const cumulative = add(scale(erf(t), 0.5), scalar(x.graph, 0.5));
    return multiply(add(cumulative, density), dy);
  }),

  cast: ({ inputs, outputs, gradients }) =>
    inputs[0]!.dtype === "float32" && outputs[0]!.dtype === "float32" ? [gradients[0]!] : [undefined],

  select: ({ inputs, gradients, needed }) => {
    const dy = gradients[0]!;
    const zero = scalar(dy.graph, 0);
    return [
      undefined,
      needed[1] ? sumTo(select(inputs[0]!, dy, zero), inputs[1]!.shape) : undefined,
      needed[2] ? sumTo(select(inputs[0]!, zero, dy), inputs[2]!.shape) : undefined,
    ];
  },

  matMul: productRule(matMul),
  batchMatMul: productRule(batchMatMul),

  reduceSum: ({ node, inputs, gradients }) => [broadcastTo(reshape(gradients[0]!, keptShape(node)), inputs[0]!.shape)],

  // The mean of n numbers passes 1/n of its gradient to each; n is taken from the graph, as it may be symbolic.
  reduceMean: ({ node, inputs, gradients }) => {
    const x = inputs[0]!;
    const kept = keptShape(node);
    const ones = broadcastTo(scalar(x.graph, 1), x.shape);
    const count = reduceSum(ones, node.attributes["axes"] as number[], { keepDims: true });
    return [broadcastTo(divide(reshape(gradients[0]!, kept), count), x.shape)];
  },

  // Ties share the gradient in full, as a maximum's subgradient may.
  reduceMax: ({ node, inputs, outputs, gradients }) => {
    const kept = keptShape(node);
    const isPeak = equal(inputs[0]!, reshape(outputs[0]!, kept));
    return [select(isPeak, reshape(gradients[0]!, kept), scalar(inputs[0]!.graph, 0))];
  },

  reduceSumSquare: ({ node, inputs, gradients }) => [
    multiply(scale(inputs[0]!, 2), reshape(gradients[0]!, keptShape(node))),
  ],

  softmax: unary((dy, _x, y) => multiply(y, subtract(dy, reduceSum(multiply(dy, y), [-1], { keepDims: true })))),

  // With s = softmax(x), d = keep * s and g the gradient of d: dx = s (keep g - sum(keep g s)) = d g - s sum(d g).
  softmaxDropout: ({ outputs, gradients }) => {
    const [dropped, probabilities] = outputs as [Value, Value];
    if (gradients[1] !== undefined) throw undifferentiated("softmaxDropout", "its probabilities before dropout");
    const product = multiply(dropped, gradients[0]!);
    return [subtract(product, multiply(probabilities, reduceSum(product, [-1], { keepDims: true }))), undefined];
  },

  logSoftmax: unary((dy, _x, y) => logSoftmaxGradient(dy, y)),

  softmaxCrossEntropy: ({ inputs, outputs, gradients }) => {
    const [byLoss, byLogProbability] = gradients;
    const parts: Value[] = [];
    if (byLoss !== undefined) parts.push(softmaxCrossEntropyGradient(outputs[1]!, inputs[1]!, byLoss));
    if (byLogProbability !== undefined) parts.push(logSoftmaxGradient(byLogProbability, outputs[1]!));
    return [parts.reduce(add), undefined];
  },

  // Ba et al. 2016: with n = (x - mean) / deviation and g = dy * weight,
  // dx = (g - mean(g) - n * mean(g * n)) / deviation.
  layerNormalization: ({ inputs, outputs, gradients, needed }) => {
    const [x, weight, bias] = inputs as [Value, Value, Value];
    const [, mean, inverseDeviation] = outputs as [Value, Value, Value];
    if (gradients[1] !== undefined || gradients[2] !== undefined) {
      throw undifferentiated("layerNormalization", "its mean and inverse deviation");
    }
    const dy = gradients[0]!;
    const normal = multiply(subtract(x, mean), inverseDeviation);
    const product = multiply(dy, normal);
    return each(
      needed,
      () => {
        const g = multiply(dy, weight);
        const along = multiply(normal, reduceMean(multiply(g, normal), [-1], { keepDims: true }));
        const centred = subtract(g, reduceMean(g, [-1], { keepDims: true }));
        return multiply(subtract(centred, along), inverseDeviation);
      },
      () => sumTo(product, weight.shape),
      () => sumTo(dy, bias.shape),
    );
  },

  reshape: ({ inputs, gradients }) => [reshape(gradients[0]!, inputs[0]!.shape)],

  after: ({ gradients }) => [gradients[0]!, undefined],

  transpose: ({ node, gradients }) => {
    const order = node.attributes["order"] as number[];
    return [
      transpose(
        gradients[0]!,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ];
  },

  broadcastTo: ({ inputs, gradients }) => [sumTo(gradients[0]!, inputs[0]!.shape)],

  // Zeros around a range. Along an axis of symbolic size one element can be put in its place by broadcasting (the
  // pooler's first token); a wider range cannot.
  slice: ({ node, inputs, gradients }) => {
    const { axis, start, end } = node.attributes as { axis: number; start: number; end: number };
    const { graph, shape } = inputs[0]!;
    const size = shape[axis]!;
    if (typeof size === "number") return [pad(gradients[0]!, axis, start, size - end)];
    if (end - start > 1) {
      throw new BiobertError({
        code: "gradient-missing",
        message: `slice: no gradient of the range [${start}, ${end}) of axis ${axis} in ${formatShape(shape)}, whose size is symbolic`,
        place: { name: "slice" },
      });
    }
    const isPlace = equal(iota(graph, size), scalar(graph, start, "int32"));
    const along = shape.map((_, i) => (i === axis ? size : 1));
    return [select(reshape(isPlace, along), gradients[0]!, scalar(graph, 0))];
  },

  pad: ({ node, inputs, gradients }) => {
    const { axis, before } = node.attributes as { axis: number; before: number };
    return [slice(gradients[0]!, axis, before, before + (inputs[0]!.shape[axis] as number))];
  },

  concatenate: ({ node, inputs, gradients, needed }) => {
    const axis = node.attributes["axis"] as number;
    let start = 0;
    return inputs.map((input, i) => {
      const end = start + (input.shape[axis] as number);
      const part = needed[i] ? slice(gradients[0]!, axis, start, end) : undefined;
      start = end;
      return part;
    });
  },

  gatherRows: ({ node, inputs, gradients }) => [
    scatterAddRows(inputs[1]!, gradients[0]!, inputs[0]!.shape[0]!, node.attributes),
    undefined,
  ],

  scatterAddRows: ({ node, inputs, gradients }) => {
    if (node.attributes["paddingIndex"] !== undefined) throw undifferentiated("scatterAddRows", "a padding index");
    return [undefined, gatherRows(gradients[0]!, inputs[0]!)];
  },

  less: noGradient,
  equal: noGradient,
  bitwiseXor: noGradient,
  shiftRight: noGradient,
  iota: noGradient,
};
