// Reads relation data sets: tables of anonymised sentences, and the official files of ChemProt, DDI-2013 and BioRED.

import { BiobertError } from "../../core/index.ts";
import { countStandoff, parseChemProt, parseDdi, parseLabelledRows } from "../../formats/index.ts";
import { DDI_LABELS, ddiExamples } from "../convert/ddi.ts";
import { conceptPairs } from "../convert/document-pairs.ts";
import { sentencePairs } from "../convert/sentence-pairs.ts";
import type { RelationExample } from "../examples.ts";
import type { ReadContext, ReadResult } from "../registry/types.ts";
import { pubTatorDocuments } from "./tagged.ts";

/** The five evaluated groups of ChemProt and the label of pairs in none of them. */
export const CHEMPROT_LABELS: readonly string[] = ["CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9", "false"];

/** Rows of sentence and label; every label must be one of `labels`. */
export async function readRelationRows(
  { files, source, warn }: ReadContext,
  labels: readonly string[],
  documentOf?: (id: string) => string,
): Promise<ReadResult<"relation">> {
  const examples: RelationExample[] = [];
  for (const path of files) {
    const { text, file } = await source.text(path);
    for (const { id, text: sentence, label, line } of parseLabelledRows(text, { file, warn })) {
      requireLabel(label, labels, file, line);
      examples.push({
        id,
        text: sentence,
        label,
        file,
        line,
        ...(documentOf === undefined ? {} : { documentId: documentOf(id) }),
      });
    }
  }
  return { examples, labels };
}

/** A fold of GAD or EU-ADR: in folders, or in an archive of them. */
export async function readFoldedRows(
  context: ReadContext,
  folder: string,
  archive: string,
  labels: readonly string[],
): Promise<ReadResult<"relation">> {
  const name = `${context.fold}/${context.split}.tsv`;
  const { files, file } = await context.source.bundle(
    folder,
    archive,
    (path) => path === name || path.endsWith(`/${name}`),
  );
  if (files.length === 0)
    throw new BiobertError({ code: "file-not-found", message: `no ${name} in it`, place: { file } });
  const place = `${file}:${files[0]!.path}`;
  const examples = parseLabelledRows(files[0]!.text, { file: place, warn: context.warn }).map(
    ({ id, text, label, line }) => {
      requireLabel(label, labels, place, line);
      return { id: `${context.split}-${id}`, text, label, file: place, line };
    },
  );
  return { examples, labels };
}

/** ChemProt's official files: abstracts, entities, relations, in this order. */
export async function readChemProt({ files, source, warn }: ReadContext): Promise<ReadResult<"relation">> {
  const [abstracts, entities, relations] = [
    await source.text(files[0]!),
    await source.text(files[1]!),
    await source.text(files[2]!),
  ];
  const documents = parseChemProt({ abstracts, entities, relations }, { warn, evaluatedOnly: true });
  const { examples, unreachable, counts } = sentencePairs(documents, {
    firstTypes: ["CHEMICAL"],
    secondTypes: ["GENE", "GENE-Y", "GENE-N"],
    labels: CHEMPROT_LABELS.slice(0, -1),
    negative: "false",
    markerOf: (type) => (type === "CHEMICAL" ? "@CHEMICAL$" : "@GENE$"),
    sharedMarker: "@CHEM-GENE$",
    warn,
  });
  return { examples, labels: CHEMPROT_LABELS, unreachable, counts: { ...counts, ...countStandoff(documents) } };
}

/** DDI-2013's XML; the file list of BLURB's training part divides the training documents into train and dev. */
export async function readDdi({ files, source, warn, split }: ReadContext): Promise<ReadResult<"relation">> {
  const [archive, list] = files as [string, string];
  const trainNames =
    split === "test"
      ? undefined
      : new Set((await source.text(list)).text.split("\n").map((line) => line.trim().split("/").slice(-2).join("/")));
  const { files: found, file } = await source.bundle("DDI-2013/DDICorpus", archive, (path) => {
    if (!path.endsWith(".xml")) return false;
    if (split === "test") return path.includes("Test for DDI Extraction task/");
    return /(?:^|\/)Train\//.test(path) && trainNames!.has(path.split("/").slice(-2).join("/")) === (split === "train");
  });
  const documents = found.map(({ path, text }) => parseDdi(text, { file: `${file}:${path}`, warn }));
  const { examples, counts } = ddiExamples(documents, { warn, file });
  return { examples, labels: DDI_LABELS, counts };
}

/** BioRED: a pair of concepts in a document each. */
export async function readBioRed(
  { files, source, warn }: ReadContext,
  labels: readonly string[],
): Promise<ReadResult<"relation">> {
  const documents = await pubTatorDocuments(files, source, warn);
  const { examples, unreachable, counts } = conceptPairs(documents, {
    labels,
    negative: labels.at(-1)!,
    pairTypes: BIORED_PAIRS,
    warn,
  });
  return { examples, labels, unreachable, counts };
}

/** Pairs of types between which BioRED has relations (Luo et al. 2022). */
const GENE = "GeneOrGeneProduct";
const DISEASE = "DiseaseOrPhenotypicFeature";
const CHEMICAL = "ChemicalEntity";
const VARIANT = "SequenceVariant";
export const BIORED_PAIRS: readonly (readonly [string, string])[] = [
  [DISEASE, GENE],
  [DISEASE, VARIANT],
  [GENE, GENE],
  [CHEMICAL, GENE],
  [CHEMICAL, DISEASE],
  [CHEMICAL, VARIANT],
  [CHEMICAL, CHEMICAL],
  [VARIANT, VARIANT],
];

function requireLabel(label: string, labels: readonly string[], file: string, line: number): void {
  if (labels.includes(label)) return;
  throw new BiobertError({
    code: "label-unknown",
    message: `the label ${JSON.stringify(label)} is not one of this data set's`,
    place: { file, line },
    hint: `Known: ${labels.join(", ")}.`,
  });
}
