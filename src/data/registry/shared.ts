// What several families of the registry share: licences, published rows of the BioBERT paper (Lee et al. 2020), and files.

import { BiobertError } from "../../core/index.ts";
import type { DatasetSplit, Licence, PublishedScore } from "./types.ts";

export const NOT_STATED: Licence = { name: "not stated", shippable: false, binds: "research", note: "Abstracts are under NLM's terms, some under publishers' copyright." };
export const PUBLIC_DOMAIN: Licence = { name: "public domain", shippable: true };
export const NLM_WORK: Licence = { name: "US Government work (NLM)", shippable: true };

/** The paper's three columns of a NER row (its table 6): entity F1 of BERT, BioBERT v1.0 (+PubMed+PMC) and v1.1 (+PubMed). */
export function nerScores(bert: number, both: number, v11: number, pytorch?: number): PublishedScore[] {
  return [...paperScores("entity F1", "Lee et al. 2020, table 6", bert, both, v11), ...(pytorch === undefined ? [] : [{ model: "BioBERT v1.1, biobert-pytorch", metric: "entity F1", value: pytorch, source: "biobert-pytorch README" }])];
}

/** Rows of BERT, BioBERT v1.0 (+PubMed+PMC) and v1.1 (+PubMed). */
export function paperScores(metric: string, source: string, bert: number, both: number, v11: number): PublishedScore[] {
  return [
    { model: "BERT", metric, value: bert, source },
    { model: "BioBERT v1.0 (+PubMed+PMC)", metric, value: both, source },
    { model: "BioBERT v1.1 (+PubMed)", metric, value: v11, source },
  ];
}

/** A split of one file or several. */
export function split(files: string | readonly string[], counts: Readonly<Record<string, number>>): DatasetSplit {
  return { files: typeof files === "string" ? [files] : files, counts };
}

/** The reader of a set that cannot be had. @throws BiobertError `unsupported`, always, with what to do. */
export function cannotBeHad(id: string, why: string): () => Promise<never> {
  return async () => {
    throw new BiobertError({ code: "unsupported", message: `${id} cannot be read from the registry`, hint: why });
  };
}

export const BIOASQ_CITATION = "Tsatsaronis et al. 2015, BMC Bioinformatics 16:138, doi:10.1186/s12859-015-0564-6";
export const PAPER = "Lee et al. 2020, Bioinformatics 36(4):1234-1240, doi:10.1093/bioinformatics/btz682";
export const BLURB = "Gu et al. 2021, ACM Transactions on Computing for Healthcare 3(1), doi:10.1145/3458754";
