// Document embedding: SciDocs, and what its protocol is measured on here: OHSUMED, SciRepEval's samples, and the pairs of BIOSSES.

import { readOhsumedDocuments, readSciRepEval, readSimilarityDocuments } from "../readers/classification.ts";
import { OHSUMED_LABELS, OHSUMED_WHY, SIMILARITY } from "./classification.ts";
import { cannotBeHad, NOT_STATED, split } from "./shared.ts";
import type { Dataset, Licence } from "./types.ts";

const ODC: Licence = { name: "ODC-BY", shippable: true };
const SCIREPEVAL = "Singh et al. 2023, EMNLP, pages 5548-5566, doi:10.18653/v1/2023.emnlp-main.338";

function sample(
  id: string,
  name: string,
  description: string,
  file: string,
  counts: Record<string, number>,
  kind: "labels" | "citations" | "search",
): Dataset<"document-embedding"> {
  return {
    id,
    name,
    task: "document-embedding",
    description,
    licence: ODC,
    availability: "pull",
    splits: { test: split(`SciRepEval-sample/${file}`, counts) },
    labels: [],
    citation: SCIREPEVAL,
    homepage: "https://github.com/allenai/scirepeval",
    protocol: kind === "labels" ? "linear-svm-macro-f1" : "ranking-map-ndcg",
    published: [],
    differs: "a sample of the benchmark, not the benchmark",
    read: (context) => readSciRepEval(context, kind),
  };
}

export const DOCUMENT_EMBEDDING: readonly Dataset<"document-embedding">[] = [
  {
    id: "scidocs",
    name: "SciDocs",
    task: "document-embedding",
    description:
      "classification (MAG, MeSH), co-view, co-read, cite, co-cite, recommendation from vectors of titles and abstracts",
    licence: { name: "CC BY 4.0 (data)", shippable: true },
    availability: "no",
    why: "Its data lie in a bucket named in its repository. The readers of its files (metadata, labels, rankings) are in biobert's formats; give the files to the embedding evaluation.",
    splits: {},
    labels: [],
    citation: "Cohan et al. 2020, ACL, pages 2270-2282, doi:10.18653/v1/2020.acl-main.207",
    homepage: "https://github.com/allenai/scidocs",
    protocol: "scidocs-average",
    published: [
      { model: "BioBERT", metric: "average of 12 columns", value: 58.8, source: "Cohan et al. 2020" },
      { model: "SPECTER", metric: "average of 12 columns", value: 80, source: "Cohan et al. 2020" },
    ],
    read: cannotBeHad("scidocs", "Get the data as its repository says and give its files to the embedding evaluation."),
  },
  {
    id: "ohsumed-embedding",
    name: "OHSUMED, to embed",
    task: "document-embedding",
    description: "titles and abstracts with one of 23 MeSH disease classes",
    licence: NOT_STATED,
    availability: "local",
    why: OHSUMED_WHY,
    splits: {
      train: split("ohsumed/ohsumed_single_23.tar.gz", { examples: 3357 }),
      test: split("ohsumed/ohsumed_single_23.tar.gz", { examples: 4043 }),
    },
    labels: OHSUMED_LABELS,
    citation: "Hersh et al. 1994, SIGIR, doi:10.1007/978-1-4471-2099-5_20; split of Yao, Mao and Luo 2019, AAAI",
    homepage: "https://github.com/yao8839836/text_gcn",
    protocol: "linear-svm-macro-f1",
    published: [],
    read: readOhsumedDocuments,
  },
  sample(
    "scirepeval-mesh",
    "SciRepEval sample, MeSH",
    "documents with a MeSH descriptor",
    "mesh_small.json",
    { examples: 206 },
    "labels",
  ),
  sample(
    "scirepeval-fos",
    "SciRepEval sample, fields of study",
    "documents with fields of study",
    "fos_small.json",
    { examples: 205 },
    "labels",
  ),
  sample(
    "scirepeval-citations",
    "SciRepEval sample, citations",
    "a document, one it cites and one it does not",
    "specter_small.json",
    {},
    "citations",
  ),
  sample(
    "scirepeval-search",
    "SciRepEval sample, search",
    "queries and ten candidates each",
    "search_small.jsonl",
    { queries: 100 },
    "search",
  ),
  {
    id: "biosses-embedding",
    name: "BIOSSES, to embed",
    task: "document-embedding",
    description: "the pairs of BIOSSES: the cosine of two texts' vectors against how alike people found them",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: split("BIOSSES/train.tsv", { pairs: 64 }),
      dev: split("BIOSSES/dev.tsv", { pairs: 16 }),
      test: split("BIOSSES/test.tsv", { pairs: 20 }),
    },
    labels: [],
    citation: SIMILARITY[0]!.citation,
    homepage: SIMILARITY[0]!.homepage,
    protocol: "cosine-pearson",
    published: SIMILARITY[0]!.published,
    read: readSimilarityDocuments,
  },
];
