// The heads of BERT's pre-training (Devlin et al. 2019): hidden words and the next sentence. The decoder's matrix is the
// embedding table itself, and it runs on the asked-for positions only: 20 of 128, not all.

import { add, gatherRows, gelu, matMul, type Value } from "../graph/index.ts";
import { crossEntropy, layerNorm, linear } from "../nn/index.ts";
import { HEAD_PREFIX, lastState, lossWeight, pooledOutput, type Head, type HeadContext } from "./model.ts";

const PREDICTIONS = `${HEAD_PREFIX}predictions`;

/** Scores of every word of the vocabulary at the fed `positions`, `[predictions, vocabulary]`. */
function predictionLogits(context: HeadContext): Value {
  const { graph, p, config, integers } = context;
  const positions = graph.input("positions", integers, ["predictions"]);
  return graph.scoped("head", () => {
    const states = gatherRows(lastState(context), positions);
    const dense = gelu(linear(p, `${PREDICTIONS}.transform.dense`, states, config.hiddenSize));
    const normal = layerNorm(p, `${PREDICTIONS}.transform.norm`, dense, config.layerNormEpsilon);
    const scores = matMul(normal, p.declared("embeddings.word.weight"), { transposeB: true });
    return add(scores, p.declare(`${PREDICTIONS}.bias`, [config.vocabSize], "zeros"));
  });
}

/** Scores of "the second sentence follows the first" and of "it does not", `[batch, 2]`. */
function nextSentenceLogits(context: HeadContext): Value {
  const { graph, p } = context;
  const pooled = pooledOutput(context);
  return graph.scoped("head", () => linear(p, `${HEAD_PREFIX}nextSentence`, pooled, 2));
}

function predictionLoss(context: HeadContext): Value {
  const logits = predictionLogits(context);
  const labels = context.graph.input("labels", "int32", ["predictions"]);
  return crossEntropy(logits, labels, lossWeight(context));
}

function nextSentenceLoss(context: HeadContext, labelsName: string, weightName: string): Value {
  const labels = context.graph.input(labelsName, "int32", ["batch"]);
  return crossEntropy(nextSentenceLogits(context), labels, lossWeight(context, weightName));
}

/**
 * The masked language model. Both graphs take `positions` `[predictions]`, each one row * sequence + column of the
 * padded batch. Result: `logits` `[predictions, vocabulary]`. Training takes the words that were hidden there as
 * `labels` int32 `[predictions]`, -100 where not counted, and `lossWeight`, 1 over the counted ones.
 */
export function maskedLanguageModel(): Head {
  return {
    name: "masked-language-model",
    predict: (context) => ({ logits: predictionLogits(context) }),
    loss: predictionLoss,
  };
}

/**
 * Whether the second segment follows the first. Result: `logits` `[batch, 2]`, the first for "it does". Training takes
 * `labels` int32 `[batch]`, 0 where it does, and `lossWeight`, 1 over the counted ones.
 */
export function nextSentencePrediction(): Head {
  return {
    name: "next-sentence-prediction",
    predict: (context) => ({ logits: nextSentenceLogits(context) }),
    loss: (context) => nextSentenceLoss(context, "labels", "lossWeight"),
  };
}

/**
 * Both at once; the loss is their sum. Results: `prediction_logits` `[predictions, vocabulary]` and
 * `seq_relationship_logits` `[batch, 2]`. Training takes what `maskedLanguageModel` does, and `nextSentenceLabels` int32
 * `[batch]` with `nextSentenceWeight`.
 */
export function preTraining(): Head {
  return {
    name: "pre-training",
    predict: (context) => ({
      prediction_logits: predictionLogits(context),
      seq_relationship_logits: nextSentenceLogits(context),
    }),
    loss: (context) =>
      add(predictionLoss(context), nextSentenceLoss(context, "nextSentenceLabels", "nextSentenceWeight")),
  };
}
