// The tagged sentences of the BioBERT v1.1 release: where their files lie below a data root, and what they must hold.

import { BiobertError } from "../core/index.ts";
import { datasetFile } from "./data-root.ts";
import type { Split } from "./examples.ts";
import { type NerCorpus, type NerCounts, readNerCorpus } from "./ner-corpus.ts";


export interface NerDataset {
  id: string;
  /** Per split: the file below the data root (`.gz` may be added to its name) and what is in it. */
  splits: Record<Split, NerCounts & { path: string }>;
  /** The same split as PubTator documents with offsets, where there is one. */
  pubtator?: Record<Split, string>;
}

/** Counts as [sentences, tokens, entities] of the BioBERT v1.1 release's files. */
function bioBertDataset(id: string, train: number[], dev: number[], test: number[]): NerDataset {
  const split = (file: string, [sentences, tokens, entities]: number[]) => ({
    path: `${id}/biobert/${file}`,
    sentences: sentences!,
    tokens: tokens!,
    entities: entities!,
  });
  return {
    id,
    splits: { train: split("train.tsv", train), dev: split("devel.tsv", dev), test: split("test.tsv", test) },
  };
}

/** The named entity recognition corpora of the BioBERT paper that the registry has, by id. */
export const NER_DATASETS: readonly NerDataset[] = [
  {
    ...bioBertDataset("NCBI-disease", [5424, 135701, 5134], [923, 23969, 787], [940, 24497, 960]),
    pubtator: {
      train: "NCBI-disease/pubtator/NCBItrainset_corpus.txt",
      dev: "NCBI-disease/pubtator/NCBIdevelopset_corpus.txt",
      test: "NCBI-disease/pubtator/NCBItestset_corpus.txt",
    },
  },
  bioBertDataset("BC5CDR-disease", [4560, 118170, 4182], [4581, 117453, 4246], [4797, 124750, 4424]),
  bioBertDataset("BC5CDR-chem", [4560, 118170, 5203], [4581, 117453, 5347], [4797, 124750, 5385]),
  bioBertDataset("BC2GM", [12574, 355405, 15197], [2519, 71042, 3061], [5038, 143465, 6325]),
  bioBertDataset("JNLPBA", [14690, 443653, 32178], [3856, 117213, 8575], [3856, 114709, 6241]),
  bioBertDataset("linnaeus", [11935, 281273, 2119], [4078, 93877, 711], [7142, 165095, 1433]),
  bioBertDataset("s800", [5733, 147291, 2557], [830, 22217, 384], [1630, 42298, 767]),
];

/**
 * The data set of this id, in upper or lower case.
 * @throws BiobertError `usage` for an id that the registry does not have.
 */
export function nerDataset(id: string): NerDataset {
  const found = NER_DATASETS.find((dataset) => dataset.id.toLowerCase() === id.toLowerCase());
  if (found !== undefined) return found;
  throw new BiobertError({
    code: "usage",
    message: `unknown data set ${JSON.stringify(id)}`,
    hint: `Known: ${NER_DATASETS.map((dataset) => dataset.id).join(", ")}.`,
  });
}

/**
 * Reads splits of a data set as one corpus (train and dev together, as BioBERT trains), each checked against the counts that
 * the registry has: a file that is another version of the corpus does not pass for it.
 * @throws BiobertError `usage`, `file-not-found`, those of `readNerCorpus`, and `input-format` for other counts.
 */
export async function readNerDataset(id: string, splits: readonly Split[], root?: string): Promise<NerCorpus> {
  const dataset = nerDataset(id);
  const paths: string[] = [];
  for (const split of splits) paths.push(await datasetFile(dataset.splits[split].path, root));
  const corpus = await readNerCorpus(paths);
  splits.forEach((split, i) => {
    const expected = dataset.splits[split];
    const found = corpus.files[i]!;
    for (const what of ["sentences", "tokens", "entities"] as const) {
      if (found[what] === expected[what]) continue;
      throw new BiobertError({
        code: "input-format",
        message: `${found[what]} ${what}, but ${dataset.id} ${split} has ${expected[what]}`,
        place: { file: found.file },
        hint: "The file is damaged or another version of the corpus.",
      });
    }
  });
  return corpus;
}
