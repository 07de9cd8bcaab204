// Writes the batches that every side of `step` and `epoch` trains on: encoded once, padded by whoever takes them.
//
//     training-inputs.mjs random OUT ROWS COLUMNS BATCHES PIECES [PREDICTIONS]    with PREDICTIONS: for pre-training
//     training-inputs.mjs corpus OUT MODEL BATCH_SIZE FILE...        tagged files, batches of one epoch by length

import { writeFileSync } from "node:fs";
import { Random } from "../../src/core/index.ts";
import { lengthBatches, readModelFiles, readNerCorpus } from "../../src/data/index.ts";
import { encodeSentences, IGNORED_LABEL } from "../../src/tasks/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer } from "../../src/tokenizer/index.ts";

export interface TrainingInputs {
  padId: number;
  labelCount: number;
  /** `example` numbers an example within the corpus. */
  batches: { ids: number[]; labels: number[]; example: number; masked?: Masked }[][];
}

/** What an example of pre-training is asked: the pieces at some positions, and whether its second half follows its first. */
interface Masked {
  positions: number[];
  labels: number[];
  nextSentence: number;
}

const SEED = 1;
const LONGEST = 512;

function randomInputs(
  rows: number,
  columns: number,
  batchCount: number,
  pieces: number,
  predictions = 0,
): TrainingInputs {
  const random = new Random(SEED, 0);
  const masked = (): Masked => ({
    positions: Array.from({ length: predictions }, (_, i) => Math.floor((i * columns) / predictions)),
    labels: Array.from({ length: predictions }, () => 1 + random.nextInteger(pieces - 1)),
    nextSentence: random.nextInteger(2),
  });
  const row = (example: number) => ({
    example,
    ...(predictions === 0 ? {} : { masked: masked() }),
    ids: Array.from({ length: columns }, () => 1 + random.nextInteger(pieces - 1)),
    labels: Array.from({ length: columns }, () =>
      random.nextInteger(3) === 0 ? IGNORED_LABEL : random.nextInteger(3),
    ),
  });
  const batches = Array.from({ length: batchCount }, (_, batch) =>
    Array.from({ length: rows }, (_, i) => row(batch * rows + i)),
  );
  return { padId: 0, labelCount: 3, batches };
}

async function corpusInputs(model: string, batchSize: number, paths: string[]): Promise<TrainingInputs> {
  const files = await readModelFiles(model);
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  const tokenizer = new WordPieceTokenizer(vocabulary, tokenizerOptionsFromConfig(files.tokenizerConfig));
  const corpus = await readNerCorpus(paths);
  const labelIds = new Map(corpus.labels.map((label, id) => [label, id]));
  const { examples } = encodeSentences(corpus.sentences, tokenizer, labelIds, LONGEST);
  const lengths = examples.map(({ ids }) => ids.length);
  const batches = lengthBatches(lengths, { batchSize, seed: SEED, epoch: 1 });
  const example = (index: number) => {
    const { ids, labels } = examples[index]!;
    return { example: index, ids: [...ids], labels: [...labels] };
  };
  return {
    padId: vocabulary.padId,
    labelCount: corpus.labels.length,
    batches: batches.map((indices) => indices.map(example)),
  };
}

const [kind, out, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
const inputs =
  kind === "random"
    ? randomInputs(...(rest.map(Number) as [number, number, number, number, number?]))
    : await corpusInputs(rest[0]!, Number(rest[1]), rest.slice(2));
writeFileSync(out, JSON.stringify(inputs));
