// Classification and similarity: Hallmarks of Cancer in two splits, NICTA-PIBOSO, OHSUMED, BIOSSES.

import { HALLMARKS } from "../../formats/index.ts";
import { readHallmarks, readLabelledAbstracts, readOhsumed, readSimilarity } from "../readers/classification.ts";
import { BLURB, NOT_STATED, split } from "./shared.ts";
import type { Dataset, Licence } from "./types.ts";

const HOC: Licence = { name: "GPL-3.0", shippable: false, binds: "share-alike" };
const HOC_CITATION = "Baker et al. 2016, Bioinformatics 32(3):432-440, doi:10.1093/bioinformatics/btv585";
export const OHSUMED_LABELS: readonly string[] = Array.from({ length: 23 }, (_, i) => `C${String(i + 1).padStart(2, "0")}`);
export const OHSUMED_WHY = "It is 7,400 small files of one repository (yao8839836/text_gcn, data/ohsumed_single_23): put the folder, or a tar.gz of it, at ohsumed/ohsumed_single_23.";

export const CLASSIFICATION: readonly Dataset<"classification">[] = [
  {
    id: "hoc",
    name: "Hallmarks of Cancer, BLURB's split",
    task: "classification",
    description: "sentences with any of ten hallmarks; scored per sentence and, joined, per abstract",
    licence: HOC,
    availability: "pull",
    splits: {
      train: split("HoC/blurb/train.tsv", { examples: 12119, documents: 1295 }),
      dev: split("HoC/blurb/dev.tsv", { examples: 1798, documents: 186 }),
      test: split("HoC/blurb/test.tsv", { examples: 3547, documents: 371 }),
    },
    labels: HALLMARKS,
    citation: HOC_CITATION,
    homepage: "https://www.cl.cam.ac.uk/~sb895/HoC.html",
    protocol: "hoc-abstract-micro-f1",
    published: [{ model: "BioBERT", metric: "micro-F1 of abstracts", value: 81.54, source: "Gu et al. 2021 (BLURB)" }],
    read: readHallmarks,
  },
  {
    id: "hoc-abstracts",
    name: "Hallmarks of Cancer, abstracts",
    task: "classification",
    description: "abstracts with any of ten hallmarks; another split: never mix it with hoc",
    licence: HOC,
    availability: "pull",
    splits: {
      train: split("HoC/abstract-level/train.tsv", { examples: 1108 }),
      dev: split("HoC/abstract-level/dev.tsv", { examples: 157 }),
      test: split("HoC/abstract-level/test.tsv", { examples: 315 }),
    },
    labels: HALLMARKS,
    citation: HOC_CITATION,
    homepage: "https://www.cl.cam.ac.uk/~sb895/HoC.html",
    protocol: "hoc-abstract-micro-f1",
    published: [],
    read: readHallmarks,
  },
  {
    id: "nicta-piboso",
    name: "NICTA-PIBOSO",
    task: "classification",
    description: "sentences of abstracts in order: population, intervention, background, outcome, study, other",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: split("NICTA-PIBOSO/train_clean.txt", { examples: 6979, documents: 720 }),
      dev: split("NICTA-PIBOSO/dev_clean.txt", { examples: 801, documents: 80 }),
      test: split("NICTA-PIBOSO/test_clean.txt", { examples: 1991, documents: 200 }),
    },
    labels: ["background", "intervention", "other", "outcome", "population", "study design"],
    citation: "Kim et al. 2011, BMC Bioinformatics 12:S5, doi:10.1186/1471-2105-12-S2-S5",
    homepage: "https://github.com/jind11/HSLN-Joint-Sentence-Classification",
    protocol: "piboso-weighted-f1",
    published: [],
    read: readLabelledAbstracts,
  },
  {
    id: "ohsumed",
    name: "OHSUMED, one label",
    task: "classification",
    description: "abstracts in one of 23 MeSH disease classes",
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
    protocol: "ohsumed-accuracy",
    published: [],
    read: readOhsumed,
  },
];

export const SIMILARITY: readonly Dataset<"similarity">[] = [
  {
    id: "biosses",
    name: "BIOSSES",
    task: "similarity",
    description: "100 pairs of sentences and how alike five people found them, 0 to 4; BLURB's split",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: split("BIOSSES/train.tsv", { examples: 64 }),
      dev: split("BIOSSES/dev.tsv", { examples: 16 }),
      test: split("BIOSSES/test.tsv", { examples: 20 }),
    },
    labels: [],
    citation: `Soğancıoğlu, Öztürk and Özgür 2017, Bioinformatics 33(14):i49-i58, doi:10.1093/bioinformatics/btx238; split: ${BLURB}`,
    homepage: "https://tabilab.cmpe.boun.edu.tr/BIOSSES/",
    protocol: "biosses-pearson",
    published: [{ model: "BioBERT", metric: "Pearson", value: 89.52, source: "Gu et al. 2021 (BLURB)" }],
    read: readSimilarity,
  },
];
