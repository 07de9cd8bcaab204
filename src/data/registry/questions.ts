// Question answering: BioASQ's factoid, list and yes/no questions, BLURB's yes/no split, PubMedQA, SQuAD.

import { parseSquad } from "../../formats/index.ts";
import { squadSpans } from "../convert/bioasq.ts";
import { readBioAsqSpans, readBioAsqYesNo, readPubMedQa, readYesNoRows } from "../readers/questions.ts";
import { BIOASQ_CITATION, BLURB, paperScores, split } from "./shared.ts";
import type { Dataset, DatasetSplit, Licence, PublishedScore } from "./types.ts";

const BIOASQ: Licence = { name: "CC BY 2.5 (BioASQ); NLM terms", shippable: false, binds: "registration", note: "Users must first register with BioASQ." };
const HOME = "http://bioasq.org/";
const BATCHES: Readonly<Record<number, number>> = { 4: 5, 5: 5, 6: 5, 7: 5, 8: 5, 9: 5, 10: 6 };
const golden = (year: number): string[] => Array.from({ length: BATCHES[year]! }, (_, i) => `BioASQ/golden/${year}B/${year}B${i + 1}_golden.json`);
const later = [...golden(8), ...golden(9), ...golden(10)];
/** Every question that some set is tested on. */
export const TESTED: readonly string[] = [4, 5, 6, 7].flatMap(golden);

const TABLE_8 = "Lee et al. 2020, table 8";
/** Strict and lenient accuracy and MRR of BERT, v1.0 and v1.1. */
const factoidScores: Readonly<Record<number, PublishedScore[]>> = {
  4: [
    ...paperScores("strict accuracy", TABLE_8, 27.33, 28.57, 27.95),
    ...paperScores("lenient accuracy", TABLE_8, 44.72, 47.82, 44.1),
    ...paperScores("MRR", TABLE_8, 33.77, 35.17, 34.72),
  ],
  5: [
    ...paperScores("strict accuracy", TABLE_8, 39.33, 44.0, 46.0),
    ...paperScores("lenient accuracy", TABLE_8, 52.67, 56.67, 60.0),
    ...paperScores("MRR", TABLE_8, 44.27, 49.38, 51.64),
  ],
  6: [
    ...paperScores("strict accuracy", TABLE_8, 33.54, 40.37, 42.86),
    ...paperScores("lenient accuracy", TABLE_8, 51.55, 57.77, 57.77),
    ...paperScores("MRR", TABLE_8, 40.88, 47.48, 48.43),
  ],
  7: [
    { model: "BioBERT v1.1, biobert-pytorch", metric: "strict accuracy", value: 31.48, source: "biobert-pytorch README" },
    { model: "BioBERT v1.1, biobert-pytorch", metric: "MRR", value: 37.13, source: "biobert-pytorch README" },
    { model: "BioBERT v1.1 after SQuAD, biobert-pytorch", metric: "MRR", value: 48.34, source: "biobert-pytorch README" },
  ],
};
const QUESTIONS: Readonly<Record<"factoid" | "list" | "yesno", Readonly<Record<number, number>>>> = {
  factoid: { 4: 161, 5: 150, 6: 161, 7: 162 },
  list: { 4: 88, 5: 87, 6: 71, 7: 88 },
  yesno: { 4: 133, 5: 130, 6: 130, 7: 140 },
};
const PARAGRAPHS: Readonly<Record<number, number>> = { 4: 652, 5: 495, 6: 525 };

function spans(kind: "factoid" | "list", year: number): Dataset<"qa"> {
  const released = kind === "factoid" ? [`BioASQ/biobert-v1/BioASQ-train-${year === 4 ? 4 : 5}b.json`] : [];
  const contexts = kind === "factoid" && year < 7 ? Array.from({ length: 5 }, (_, i) => `BioASQ/biobert-v1.1/BioASQ-test-factoid-${year}b-${i + 1}.json`) : [];
  const test: DatasetSplit = split([...golden(year), ...contexts], {
    questions: QUESTIONS[kind][year]!,
    ...(contexts.length > 0 ? { examples: PARAGRAPHS[year]! } : {}),
  });
  return {
    id: `bioasq-${kind}-${year}b`,
    name: `BioASQ ${year}b, ${kind}`,
    ...(kind === "factoid" ? { aliases: [`bioasq-${year}b`] } : {}),
    task: "qa",
    description: `${kind} questions with contexts; train: golden 8b to 10b where an answer stands in a snippet${kind === "factoid" ? `, and BioBERT's first train-${year === 4 ? 4 : 5}b` : ""}, without any tested question`,
    licence: BIOASQ,
    availability: kind === "factoid" ? "local" : "pull",
    ...(kind === "factoid"
      ? { why: "BioBERT's first-release train file is published only inside an archive (bionlp-hzau/BioNLP-Corpus, Question answering/BioASQ.zip): put it at BioASQ/biobert-v1. All other files can be pulled." }
      : {}),
    splits: { train: split([...later, ...released], {}), test },
    labels: [],
    citation: BIOASQ_CITATION,
    homepage: HOME,
    protocol: `bioasq-${kind}-pooled`,
    published: kind === "factoid" ? factoidScores[year]! : [],
    differs: "training questions: those of the paper (BioASQ's own training set of the year) are not published",
    read: (context) => readBioAsqSpans(context, kind, TESTED),
  };
}

function yesNo(year: number): Dataset<"yes-no"> {
  return {
    id: `bioasq-yesno-${year}b`,
    name: `BioASQ ${year}b, yes/no`,
    task: "yes-no",
    description: "yes/no questions with their snippets; train: golden 8b to 10b, without any tested question",
    licence: BIOASQ,
    availability: "pull",
    splits: { train: split(later, {}), test: split(golden(year), { questions: QUESTIONS.yesno[year]! }) },
    labels: ["yes", "no"],
    citation: BIOASQ_CITATION,
    homepage: HOME,
    protocol: "bioasq-yesno-macro-f1",
    published:
      year === 7
        ? [
            { model: "BioBERT v1.1, biobert-pytorch", metric: "macro-F1", value: 65.75, source: "biobert-pytorch README" },
            { model: "BioBERT v1.1 after MNLI, biobert-pytorch", metric: "macro-F1", value: 89.02, source: "biobert-pytorch README" },
          ]
        : [],
    differs: "training questions: those of the paper are not published",
    read: (context) => readBioAsqYesNo(context, TESTED),
  };
}

const squad = (version: string): Dataset<"qa"> => ({
  id: `squad-${version}`,
  name: `SQuAD ${version}`,
  task: "qa",
  description: "questions on Wikipedia paragraphs: the stage before BioASQ",
  licence: { name: "CC BY-SA 4.0", shippable: false, binds: "share-alike" },
  availability: "local",
  why: `Put train-v${version}.json and dev-v${version}.json at SQuAD below the data folder.`,
  splits: { train: split(`SQuAD/train-v${version}.json`, { examples: version === "1.1" ? 87599 : 130319 }), dev: split(`SQuAD/dev-v${version}.json`, { examples: version === "1.1" ? 10570 : 11873 }) },
  labels: [],
  citation: version === "1.1" ? "Rajpurkar et al. 2016, EMNLP, doi:10.18653/v1/D16-1264" : "Rajpurkar, Jia and Liang 2018, ACL, doi:10.18653/v1/P18-2124",
  homepage: "https://rajpurkar.github.io/SQuAD-explorer/",
  protocol: `squad-${version}-em-f1`,
  published: version === "1.1" ? [{ model: "BERT-base uncased", metric: "F1", value: 88.41, source: "google-research/bert README" }] : [],
  async read({ files, source, warn }) {
    const { text, file } = await source.text(files[0]!);
    return { examples: squadSpans(parseSquad(text, { file, warn }), { file }) };
  },
});

export const QA: readonly Dataset<"qa">[] = [...[4, 5, 6, 7].map((year) => spans("factoid", year)), ...[4, 5, 6, 7].map((year) => spans("list", year)), squad("1.1"), squad("2.0")];

export const YES_NO: readonly Dataset<"yes-no">[] = [
  ...[4, 5, 6, 7].map(yesNo),
  {
    id: "bioasq-yesno-blurb",
    name: "BioASQ yes/no, BLURB's split",
    aliases: ["bioasq-blurb"],
    task: "yes-no",
    description: "yes/no questions, one joined passage each",
    licence: BIOASQ,
    availability: "pull",
    splits: {
      train: split("BioASQ/blurb-yesno/train.tsv", { examples: 670 }),
      dev: split("BioASQ/blurb-yesno/dev.tsv", { examples: 75 }),
      test: split("BioASQ/blurb-yesno/test.tsv", { examples: 140 }),
    },
    labels: ["yes", "no"],
    citation: BLURB,
    homepage: "https://microsoft.github.io/BLURB/",
    protocol: "blurb-bioasq-accuracy",
    published: [{ model: "BioBERT", metric: "accuracy", value: 84.14, source: "Gu et al. 2021 (BLURB)" }],
    read: readYesNoRows,
  },
  {
    id: "pubmedqa",
    name: "PubMedQA, labelled (PQA-L)",
    aliases: ["pqa-l"],
    task: "yes-no",
    description: "a title's question, its abstract without the conclusion, yes, no or maybe; the official 500 test questions and ten folds of the others",
    licence: { name: "MIT", shippable: true },
    availability: "pull",
    splits: {
      train: split(["PubMedQA/ori_pqal.json", "PubMedQA/test_ground_truth.json"], { examples: 450 }),
      dev: split(["PubMedQA/ori_pqal.json", "PubMedQA/test_ground_truth.json"], { examples: 50 }),
      test: split(["PubMedQA/ori_pqal.json", "PubMedQA/test_ground_truth.json"], { examples: 500, "label yes": 276, "label no": 169, "label maybe": 55 }),
    },
    folds: 10,
    labels: ["yes", "no", "maybe"],
    citation: "Jin et al. 2019, EMNLP-IJCNLP, pages 2567-2577, doi:10.18653/v1/D19-1259",
    homepage: "https://pubmedqa.github.io/",
    protocol: "pubmedqa-accuracy-macro-f1",
    published: [
      { model: "BioBERT, final phase only, reasoning-required", metric: "accuracy", value: 57.28, source: "Jin et al. 2019" },
      { model: "BioBERT, multi-phase, reasoning-required", metric: "accuracy", value: 68.08, source: "Jin et al. 2019" },
      { model: "BioBERT", metric: "accuracy", value: 60.24, source: "Gu et al. 2021 (BLURB)" },
    ],
    read: readPubMedQa,
  },
];
