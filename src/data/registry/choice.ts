// Multiple choice: MedQA, MedMCQA, FrenchMedMCQA, MMLU, MedConceptsQA and the questions of its kind made from code lists.

import { parseFrenchMedMcqa, parseMedConceptsQa, parseMedMcqa, parseMedQa } from "../../formats/index.ts";
import { readConceptTraining, readGeneratedConcepts } from "../readers/concepts.ts";
import { foldOfChoices, readChoices, readMmluSubjects } from "../readers/questions.ts";
import { cannotBeHad, split } from "./shared.ts";
import type { Dataset, PublishedScore } from "./types.ts";

const MEDQA_CITATION = "Jin et al. 2021, Applied Sciences 11(14):6421, doi:10.3390/app11146421";
const MEDQA_SCORES: PublishedScore[] = [
  { model: "BioBERT large", metric: "accuracy", value: 36.7, source: "Jin et al. 2021" },
  { model: "BioBERT base", metric: "accuracy", value: 34.1, source: "Jin et al. 2021" },
];
const MEDQA_LICENCE = {
  name: "MIT (MedQA)",
  shippable: false,
  binds: "research",
  note: "The copies of dev and train say research and educational use.",
} as const;
const MEDQA_TRAIN = "MedQA/train-subset/medqa_focused_1030.json";
const MEDMCQA_CITATION = "Pal, Umapathi and Sankarasubbu 2022, CHIL, PMLR 174:248-260";
const MEDMCQA_FOLDS = 5;
/** The medical subjects of MMLU that medical benchmarks score (MultiMedQA: Singhal et al. 2023), by the names of their files. */
const MMLU_SUBJECTS = [
  "anatomy",
  "clinical_knowledge",
  "college_biology",
  "college_medicine",
  "medical_genetics",
  "professional_medicine",
];
const ICD_LISTS = ["medconcepts-source/icd9cm_descriptions.csv", "medconcepts-source/icd10cm_categories.csv"];
const MEDCONCEPTS_TEST = "MedConceptsQA/test.jsonl";
const TRAIN =
  "Only 1,030 of the 10,178 training questions are published where they can be fetched, chosen for easy agreement.";

export const MULTIPLE_CHOICE: readonly Dataset<"multiple-choice">[] = [
  {
    id: "medqa",
    name: "MedQA (US), four options",
    aliases: ["medqa-4", "medqa-usmle"],
    task: "multiple-choice",
    description: "questions of the US medical licensing examination, four options; a tenth of train",
    licence: MEDQA_LICENCE,
    availability: "pull",
    splits: {
      train: split(MEDQA_TRAIN, { examples: 1030 }),
      test: split("MedQA/phrases_no_exclude_test.jsonl", { examples: 1273 }),
    },
    labels: [],
    citation: MEDQA_CITATION,
    homepage: "https://github.com/jind11/MedQA",
    protocol: "medqa-accuracy",
    published: MEDQA_SCORES,
    differs: TRAIN,
    read: (context) => readChoices(context, parseMedQa, 4),
  },
  {
    id: "medqa-5",
    name: "MedQA (US), five options",
    task: "multiple-choice",
    description: "the same examination's questions with five options; no train",
    licence: MEDQA_LICENCE,
    availability: "pull",
    splits: {
      dev: split("MedQA/5options/medqa_full_dev.json", { examples: 1272 }),
      test: split("MedQA/5options/medqa_full_test.json", { examples: 1273 }),
    },
    labels: [],
    citation: MEDQA_CITATION,
    homepage: "https://github.com/jind11/MedQA",
    protocol: "medqa-accuracy",
    published: [],
    read: (context) => readChoices(context, parseMedQa, 5),
  },
  {
    id: "medqa-full",
    name: "MedQA (US), all of train",
    task: "multiple-choice",
    description: "10,178 training questions with four options",
    licence: MEDQA_LICENCE,
    availability: "no",
    why: "Its authors publish it in a shared drive. Put the JSON lines files (question, options, answer_idx) anywhere and give them with --train, --dev and --test.",
    splits: {},
    labels: [],
    citation: MEDQA_CITATION,
    homepage: "https://github.com/jind11/MedQA",
    protocol: "medqa-accuracy",
    published: MEDQA_SCORES,
    read: cannotBeHad(
      "medqa-full",
      "Get the files from the MedQA repository's shared drive and give them with --train, --dev and --test.",
    ),
  },
  {
    id: "medmcqa",
    name: "MedMCQA",
    task: "multiple-choice",
    description: "questions of Indian medical entrance examinations, four options; dev alone",
    licence: { name: "MIT", shippable: true },
    availability: "pull",
    splits: { dev: split("MedMCQA/dev.json", { examples: 4183 }) },
    labels: [],
    citation: MEDMCQA_CITATION,
    homepage: "https://medmcqa.github.io/",
    protocol: "medmcqa-accuracy",
    published: [],
    differs: "train (182,822 questions) is not published where it can be fetched",
    read: (context) => readChoices(context, parseMedMcqa, 4),
  },
  {
    id: "medmcqa-full",
    name: "MedMCQA, all of train",
    task: "multiple-choice",
    description: "182,822 training questions; scored on dev, as test has no published answers",
    licence: { name: "MIT", shippable: true },
    availability: "local",
    why: "Its authors publish train in a shared drive: put it, as it is (JSON lines), at MedMCQA/train.json below the data folder; datasets pull medmcqa fetches dev.",
    splits: {
      train: split("MedMCQA/train.json", { examples: 182822 }),
      dev: split("MedMCQA/dev.json", { examples: 4183 }),
    },
    labels: [],
    citation: MEDMCQA_CITATION,
    homepage: "https://medmcqa.github.io/",
    protocol: "medmcqa-accuracy",
    published: [
      { model: "BERT base", metric: "dev accuracy", value: 35, source: "Pal et al. 2022, without contexts" },
      { model: "BioBERT", metric: "dev accuracy", value: 38, source: "Pal et al. 2022, without contexts" },
    ],
    read: (context) => readChoices(context, parseMedMcqa, 4),
  },
  {
    id: "medmcqa-folds",
    name: "MedMCQA, five folds of dev",
    task: "multiple-choice",
    description: "the dev questions in five folds, made here: questions of one text are in one fold",
    licence: { name: "MIT", shippable: true },
    availability: "pull",
    splits: { train: split("MedMCQA/dev.json", {}), test: split("MedMCQA/dev.json", {}) },
    folds: MEDMCQA_FOLDS,
    labels: [],
    citation: MEDMCQA_CITATION,
    homepage: "https://medmcqa.github.io/",
    protocol: "medmcqa-accuracy",
    published: [],
    differs: "size: four fifths of the 4,183 dev questions train, in place of 182,822",
    read: async (context) => foldOfChoices(await readChoices(context, parseMedMcqa, 4), context, MEDMCQA_FOLDS),
  },
  {
    id: "frenchmedmcqa",
    name: "FrenchMedMCQA",
    task: "multiple-choice",
    description: "French pharmacy examinations, five options, one or several right",
    licence: { name: "Apache-2.0", shippable: true },
    availability: "pull",
    splits: {
      train: split("FrenchMedMCQA/train.json", { examples: 2171 }),
      dev: split("FrenchMedMCQA/dev.json", { examples: 312 }),
      test: split("FrenchMedMCQA/test.json", { examples: 622 }),
    },
    labels: [],
    citation: "Labrak et al. 2022, LOUHI, pages 41-46, doi:10.18653/v1/2022.louhi-1.5",
    homepage: "https://github.com/qanastek/FrenchMedMCQA",
    protocol: "frenchmedmcqa-exact-match-hamming",
    published: [],
    read: (context) => readChoices(context, parseFrenchMedMcqa, 5),
  },
  {
    id: "mmlu-medical",
    name: "MMLU, medical subjects",
    task: "multiple-choice",
    description: "six subjects as MMLU has them (CSV: question, four options, a letter); trained on MedQA's questions",
    licence: { ...MEDQA_LICENCE, name: "MIT (MMLU, MedQA)" },
    availability: "local",
    why: "Put MMLU's folders dev and test, as its archive has them (test/anatomy_test.csv), into MMLU below the data folder; datasets pull medqa fetches what is trained on.",
    splits: {
      train: split(MEDQA_TRAIN, { examples: 1030 }),
      dev: split(
        MMLU_SUBJECTS.map((subject) => `MMLU/dev/${subject}_dev.csv`),
        { examples: 30 },
      ),
      test: split(
        MMLU_SUBJECTS.map((subject) => `MMLU/test/${subject}_test.csv`),
        { examples: 1089 },
      ),
    },
    labels: [],
    citation: "Hendrycks et al. 2021, ICLR",
    homepage: "https://github.com/hendrycks/test",
    protocol: "mmlu-accuracy",
    published: [],
    differs:
      "train: MMLU has none but five questions a subject; MedQA's, of which a tenth can be fetched, take its place",
    read: (context) => (context.split === "train" ? readChoices(context, parseMedQa, 4) : readMmluSubjects(context)),
  },
  {
    id: "medconceptsqa",
    name: "MedConceptsQA",
    task: "multiple-choice",
    description: "what a medical code stands for, four options, easy, medium and hard; the benchmark's own questions",
    licence: { name: "Apache-2.0", shippable: false, note: "Its ATC part is under WHO's copyright." },
    availability: "local",
    why: "The question files are not published where they can be fetched: put them, as JSON lines, at MedConceptsQA/test.jsonl, and fetch the lists that training questions are made from with datasets pull medconcepts-icd.",
    splits: { train: split([...ICD_LISTS, MEDCONCEPTS_TEST], {}), test: split(MEDCONCEPTS_TEST, {}) },
    labels: [],
    citation: "Shoham and Rappoport 2024, arXiv:2405.07348",
    homepage: "https://github.com/nadavlab/MedConceptsQA",
    protocol: "medconceptsqa-accuracy",
    published: [
      { model: "BioBERT v1.1, zero-shot", metric: "accuracy", value: 26.151, source: "the benchmark's leaderboard" },
      { model: "BioBERT v1.1, four-shot", metric: "accuracy", value: 25.458, source: "the benchmark's leaderboard" },
    ],
    differs:
      "train: the benchmark has none; questions of its kind are made from the ICD lists, of codes that test does not ask for",
    read: (context) =>
      context.split === "train" ? readConceptTraining(context) : readChoices(context, parseMedConceptsQa, 4),
  },
  {
    id: "medconcepts-icd",
    name: "Questions of MedConceptsQA's kind from ICD-9-CM and ICD-10-CM",
    task: "multiple-choice",
    description:
      "made here by seed from code lists: what a code stands for, with distractors anywhere (easy), 3 to 5 (medium) or 2 edges away (hard) in the code tree",
    licence: { name: "not stated (CMS tables)", shippable: true },
    availability: "pull",
    splits: {
      train: split(ICD_LISTS, { examples: 3000 }),
      test: split(ICD_LISTS, { examples: 1500 }),
    },
    labels: [],
    citation: "after Shoham and Rappoport 2024, arXiv:2405.07348",
    homepage: "https://github.com/nadavlab/MedConceptsQA",
    protocol: "medconceptsqa-accuracy",
    published: [],
    differs:
      "not the benchmark's questions: made anew from the same kind of lists, without ATC and procedures; train asks for other codes than test",
    read: readGeneratedConcepts,
  },
];
