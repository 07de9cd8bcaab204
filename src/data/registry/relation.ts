// Relation extraction: the three sets of the BioBERT paper, DDI-2013, BioRED and BLURB's single split of GAD.

import { CHEMPROT_LABELS, readBioRed, readChemProt, readDdi, readFoldedRows, readRelationRows } from "../readers/relations.ts";
import { DDI_LABELS } from "../convert/ddi.ts";
import { BLURB, NOT_STATED, paperScores, split } from "./shared.ts";
import type { Dataset } from "./types.ts";

const TABLE_7 = "Lee et al. 2020, table 7";
const chemProt = (part: string, suffix: string, counts: Record<string, number>) =>
  split(["abstracts", "entities", "relations"].map((kind) => `ChemProt/official/chemprot_${part}${suffix}/chemprot_${part}_${kind}${suffix}.tsv`), counts);
const folds = (id: string) => Array.from({ length: 10 }, (_, i) => ["train", "test"].map((name) => `${id}/${i + 1}/${name}.tsv`)).flat();
const BIORED_LABELS = ["Association", "Positive_Correlation", "Negative_Correlation", "Bind", "Cotreatment", "Comparison", "Drug_Interaction", "Conversion", "None"];
const BINARY = ["1", "0"];

export const RELATION: readonly Dataset<"relation">[] = [
  {
    id: "chemprot",
    name: "ChemProt (BioCreative VI)",
    task: "relation",
    description: "chemical and protein pairs of a sentence in five evaluated groups, made here from the official documents",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: chemProt("training", "", { documents: 1020 }),
      dev: chemProt("development", "", { documents: 612 }),
      test: chemProt("test", "_gs", { documents: 800 }),
    },
    labels: CHEMPROT_LABELS,
    marking: "anonymised",
    citation: "Krallinger et al. 2017, BioCreative VI workshop, pages 141-146",
    homepage: "https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vi/track-5/",
    protocol: "chemprot-micro-f1-five-groups",
    published: [
      ...paperScores("micro-F1 of five groups", TABLE_7, 73.74, 75.14, 76.46),
      { model: "SciBERT", metric: "micro-F1 of all classes of another split (accuracy)", value: 83.64, source: "Beltagy et al. 2019" },
    ],
    differs: "sentences are found by our splitter; see the decision notes for what differs from BLURB's rows",
    read: readChemProt,
  },
  {
    id: "ddi-2013",
    name: "DDI corpus (SemEval-2013 task 9)",
    aliases: ["ddi"],
    task: "relation",
    description: "drug pairs of a sentence: mechanism, effect, advise, int or none; dev is BLURB's",
    licence: { name: "CC BY-NC 4.0", shippable: false, binds: "non-commercial" },
    availability: "local",
    why: "It is published as one zip archive (isegura/DDICorpus, DDICorpus-2013.zip): unpack it to DDI-2013/DDICorpus below the data folder.",
    splits: {
      train: split(["DDI-2013/DDICorpus-2013-xml.tar.gz", "DDI-2013/blurb/train_files.tsv"], { documents: 624, examples: 25295 }),
      dev: split(["DDI-2013/DDICorpus-2013-xml.tar.gz", "DDI-2013/blurb/train_files.tsv"], { documents: 90, examples: 2496 }),
      test: split(["DDI-2013/DDICorpus-2013-xml.tar.gz"], {
        documents: 191,
        sentences: 1299,
        examples: 5716,
        "label DDI-effect": 360,
        "label DDI-mechanism": 302,
        "label DDI-advise": 221,
        "label DDI-int": 96,
      }),
    },
    labels: DDI_LABELS,
    marking: "anonymised",
    citation: "Herrero-Zazo et al. 2013, Journal of Biomedical Informatics 46(5):914-920, doi:10.1016/j.jbi.2013.07.011",
    homepage: "https://github.com/isegura/DDICorpus",
    protocol: "ddi-micro-f1-four-types",
    published: [{ model: "BioBERT", metric: "micro-F1 of four types", value: 80.88, source: "Gu et al. 2021 (BLURB)" }],
    differs: "one training pair that interacts without a type is left out (BLURB counts 25,296 training rows)",
    read: readDdi,
  },
  {
    id: "gad",
    name: "GAD, ten folds",
    task: "relation",
    description: "gene and disease pairs of a sentence, associated or not; BioBERT's ten folds",
    licence: NOT_STATED,
    availability: "pull",
    splits: { train: split(folds("GAD"), {}), test: split(folds("GAD"), {}) },
    folds: 10,
    labels: BINARY,
    marking: "anonymised",
    citation: "Bravo et al. 2015, BMC Bioinformatics 16:55, doi:10.1186/s12859-015-0472-9",
    homepage: "http://ibi.imim.es/research-lines/biomedical-text-mining/corpora/",
    protocol: "ten-fold-f1-class-1",
    published: paperScores("F1 of class 1, mean of 10 folds", TABLE_7, 79.29, 81.52, 79.83),
    read: (context) => readFoldedRows(context, "GAD", "GAD/GAD-10fold.tar.gz", BINARY),
  },
  {
    id: "euadr",
    name: "EU-ADR, ten folds",
    aliases: ["eu-adr"],
    task: "relation",
    description: "gene and disease pairs of a sentence, associated or not; BioBERT's ten folds of 355 sentences",
    licence: NOT_STATED,
    availability: "pull",
    splits: { train: split(folds("euadr"), {}), test: split(folds("euadr"), {}) },
    folds: 10,
    labels: BINARY,
    marking: "anonymised",
    citation: "van Mulligen et al. 2012, Journal of Biomedical Informatics 45(5):879-884, doi:10.1016/j.jbi.2012.04.004",
    homepage: "https://biosemantics.erasmusmc.nl/index.php/resources/euadr-corpus",
    protocol: "ten-fold-f1-class-1",
    published: paperScores("F1 of class 1, mean of 10 folds", TABLE_7, 84.62, 84.83, 79.74),
    read: (context) => readFoldedRows(context, "euadr", "euadr.tar.gz", BINARY),
  },
  {
    id: "gad-blurb",
    name: "GAD, BLURB's split",
    task: "relation",
    description: "gene and disease pairs of a sentence, associated or not; one split",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: split("GAD/blurb/train.tsv", { examples: 4261 }),
      dev: split("GAD/blurb/dev.tsv", { examples: 535 }),
      test: split("GAD/blurb/test.tsv", { examples: 534 }),
    },
    labels: BINARY,
    marking: "anonymised",
    citation: BLURB,
    homepage: "https://microsoft.github.io/BLURB/",
    protocol: "blurb-gad-f1",
    published: [{ model: "BioBERT", metric: "F1", value: 80.94, source: "Gu et al. 2021 (BLURB)" }],
    read: (context) => readRelationRows(context, BINARY),
  },
  {
    id: "biored",
    name: "BioRED",
    task: "relation",
    description: "pairs of genes, diseases, chemicals and variants of a document in eight types; measured on Dev",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: split("BioRED/Train.PubTator", { documents: 400 }),
      dev: split("BioRED/Dev.PubTator", { documents: 100 }),
    },
    labels: BIORED_LABELS,
    marking: "marked",
    citation: "Luo et al. 2022, Briefings in Bioinformatics 23(5):bbac282, doi:10.1093/bib/bbac282",
    homepage: "https://ftp.ncbi.nlm.nih.gov/pub/lu/BioRED/",
    protocol: "biored-micro-f1-pair-type",
    published: [],
    differs: "BioRED's test part is not read here: scores are those of Dev",
    read: (context) => readBioRed(context, BIORED_LABELS),
  },
];

