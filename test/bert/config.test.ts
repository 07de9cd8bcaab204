// BERT's configuration: each field of config.json read, bounded and written back.

import { describe, expect, it } from "vitest";
import { formatModelConfig, parseBertConfig } from "../../src/bert/index.ts";

const base = {
  vocab_size: 28996,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  initializer_range: 0.02,
};

function expectRefused(json: Record<string, unknown>, field: string, ...parts: string[]): void {
  let caught: unknown;
  try {
    parseBertConfig(json, "model/config.json");
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ code: "model-config", place: { file: "model/config.json", name: field } });
  for (const part of parts) expect((caught as Error).message).toContain(part);
}

describe("parseBertConfig", () => {
  it("reads BioBERT's configuration, which names neither model type nor activation's default", () => {
    expect(parseBertConfig({ ...base, hidden_act: "gelu" })).toEqual({
      vocabSize: 28996,
      hiddenSize: 768,
      layerCount: 12,
      headCount: 12,
      intermediateSize: 3072,
      maxPositions: 512,
      typeVocabSize: 2,
      layerNormEpsilon: 1e-12,
      hiddenDropout: 0.1,
      attentionDropout: 0.1,
      initializerRange: 0.02,
      padTokenId: 0,
    });
  });

  it("takes BERT's defaults for what may be left out", () => {
    const { vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size } = base;
    const least = { vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size };
    expect(parseBertConfig(least)).toEqual(parseBertConfig(base));
  });

  it.each(["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"])(
    "asks for %s",
    (field) => {
      const json: Record<string, unknown> = { ...base };
      delete json[field];
      expectRefused(json, field, field);
    },
  );

  it.each(Object.keys(base))("refuses a %s that is no sane number, and says what it was", (field) => {
    for (const value of ["12", -1, Number.NaN, 1e12, [], true]) {
      expectRefused({ ...base, [field]: value }, field, field, JSON.stringify(value));
    }
  });

  it.each(Object.keys(base).slice(0, 7))("refuses a fraction for %s", (field) => {
    expectRefused({ ...base, [field]: 2.5 }, field, "integer", "2.5");
  });

  it("refuses a million layers", () => {
    expectRefused({ ...base, num_hidden_layers: 1_000_000 }, "num_hidden_layers", "1000000");
  });

  it("refuses heads that do not divide the hidden size", () => {
    expectRefused({ ...base, num_attention_heads: 10 }, "num_attention_heads", "768", "10");
  });

  it("refuses models that are not BERT as published", () => {
    expectRefused({ ...base, model_type: "roberta" }, "model_type", "roberta");
    expectRefused({ ...base, hidden_act: "gelu_new" }, "hidden_act", "gelu_new");
    expectRefused({ ...base, position_embedding_type: "relative_key" }, "position_embedding_type", "relative_key");
  });
});

describe("formatModelConfig", () => {
  it("writes what it reads, and the labels both ways", () => {
    const config = { ...parseBertConfig(base), hiddenDropout: 0.25, layerNormEpsilon: 1e-7 };
    const json = JSON.parse(
      JSON.stringify(
        formatModelConfig(config, {
          architecture: "BertForTokenClassification",
          labels: ["O", "B-Disease", "I-Disease"],
        }),
      ),
    );
    expect(parseBertConfig(json)).toEqual(config);
    expect(json).toMatchObject({
      architectures: ["BertForTokenClassification"],
      model_type: "bert",
      hidden_dropout_prob: 0.25,
      layer_norm_eps: 1e-7,
      id2label: { 0: "O", 1: "B-Disease", 2: "I-Disease" },
      label2id: { O: 0, "B-Disease": 1, "I-Disease": 2 },
    });
  });
});
