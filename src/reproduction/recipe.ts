// A recipe: everything that one published result needs to be measured again, as a file of `configs/` has it. No setting of it is
// hidden in code: what a file leaves out is not used.

import { z } from "zod";

const name = z.string().trim().min(1);
const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "expected lower case, digits and hyphens");
const split = z.enum(["train", "dev", "test"]);
const positive = z.number().positive();
const whole = z.number().int().positive();

/** How a model is trained: the flags of `fine-tune` by their names there. */
export const trainingSchema = z.strictObject({
  learningRate: positive.max(1),
  epochs: whole,
  batchSize: whole,
  optimizer: z.enum(["adamw", "bert-adam", "lamb"]),
  schedule: z.enum(["linear", "cosine", "constant"]),
  /** Share of the steps. */
  warmup: z.number().min(0).max(1),
  weightDecay: z.number().min(0).max(1),
  clip: positive,
  dropout: z.number().min(0).max(0.99),
  /** Longest sequence in pieces. */
  maxLength: z.number().int().min(8),
  /** Which epoch's model is kept; best needs `data.dev`. */
  keep: z.enum(["best", "last"]),
  /** Batches an update, their gradients added up. */
  accumulate: whole.optional(),
  /** Rate of a layer as a share of the layer above. */
  layerDecay: positive.max(1).optional(),
  /** Evaluations without improvement after which training ends. */
  patience: whole.optional(),
  /** Epochs with as many examples of every class: of each as many as the rarest has, or as the commonest. */
  balance: z.enum(["down", "up"]).optional(),
  /** Labels count in the loss by their rarity. */
  classWeights: z.literal("balanced").optional(),
  /** Number of first layers that are not trained, and whether embeddings are. */
  freeze: z.strictObject({ embeddings: z.boolean(), layers: z.number().int().min(0) }).optional(),
});

/** Where training begins, and what is different for it. */
const startSchema = z.strictObject({
  /** A hub's name, as `--model` takes it. */
  model: name,
  /** As tables name it. */
  name,
  /** Settings in place of those of `training`. */
  training: trainingSchema.partial().optional(),
  /** Rough hours a seed, all folds; `machine` says where. */
  hours: positive.optional(),
  /** The processor that `hours` are of. */
  machine: name.optional(),
  /** What of these weights is not as published. */
  differs: z.array(name).optional(),
});

const publishedRow = {
  /** The system, as its source names it. */
  model: name,
  /** The variant of its weights, such as `v1.1 (+PubMed)`. */
  version: name.optional(),
  /** The metric of ours that it stands beside. */
  metric: name,
};

/** A published score: out of the registry's list for the data set, or written here with its source. */
const publishedSchema = z.union([
  z.strictObject({
    ...publishedRow,
    /** Name of the metric in the registry's list, whose value and source are taken. */
    registry: name,
  }),
  z.strictObject({
    ...publishedRow,
    value: z.number(),
    /** With table or page. */
    source: name,
  }),
]);

const dataSchema = z.strictObject({
  /** Id in `biobert datasets`. */
  dataset: id,
  /** Splits that are trained on, together; of vectors, those that their classifier learns from. */
  train: z.array(split),
  /** The split by which `keep: best` chooses an epoch and `--search` a point of the grid; training reads it for nothing else. */
  dev: split.optional(),
  /** The split that is scored, once a seed. */
  test: split,
  /** Of a set with folds: which. */
  folds: z.union([z.literal("all"), z.array(whole).min(1)]).optional(),
});

const common = {
  id,
  /** For tables, such as `NCBI-disease`. */
  title: name,
  data: dataSchema,
  /** Which of `starts` is taken unless another is asked for. */
  start: id,
  starts: z.record(id, startSchema),
  seeds: z.array(z.number().int().min(0)).min(1),
  /** How scores are counted, as records name it. */
  protocol: id,
  /** The metric of the table. */
  metric: name,
  /** The first that is not of BERT is the one that differences are to. */
  published: z.array(publishedSchema),
  /** What is not as published, whatever the start: size, split, stages, protocol. */
  differs: z.array(name),
};

const trainedSchema = z.strictObject({
  ...common,
  task: z.enum(["ner", "relation", "qa", "yes-no", "multiple-choice", "classification"]),
  /** Options of the task, as `fine-tune TASK` and `evaluate TASK` take them. */
  options: z.record(z.string(), z.unknown()),
  training: trainingSchema,
  /** What `--search` tries, each with each, judged on dev. */
  search: z
    .strictObject({
      learningRate: z.array(positive.max(1)).min(1),
      batchSize: z.array(whole).min(1),
      epochs: z.array(whole).min(1),
    })
    .optional(),
});

const embeddedSchema = z.strictObject({
  ...common,
  task: z.literal("document-embedding"),
  embedding: z.strictObject({
    pooling: z.enum(["mean", "first", "max", "sum"]),
    /** Longest sequence in pieces. */
    maxLength: z.number().int().min(8),
    /** What becomes of longer documents: the mean over windows, or the first window. */
    long: z.enum(["mean", "cut"]),
    /** Whether vectors are scaled to length 1. */
    normalize: z.boolean(),
  }),
});

/** A recipe of any task. */
export const recipeSchema = z.discriminatedUnion("task", [trainedSchema, embeddedSchema]);

export type Recipe = z.infer<typeof recipeSchema>;
/** A recipe that trains a head. */
export type TrainedRecipe = z.infer<typeof trainedSchema>;
/** A recipe that scores an encoder's vectors. */
export type EmbeddedRecipe = z.infer<typeof embeddedSchema>;
export type RecipeTraining = z.infer<typeof trainingSchema>;
export type RecipeStart = z.infer<typeof startSchema>;
