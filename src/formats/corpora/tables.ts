// Corpora that come as one table: relation sentences (BioBERT's GAD and EU-ADR, BLURB, BLUE), BLURB's yes/no questions, BIOSSES,
// the Hallmarks of Cancer in BLURB's and in the abstract-level form.

import type { WarningSink } from "../../core/index.ts";
import { linesOf } from "../lines.ts";
import { badInput, type FormatPlace, quoted, tableRows } from "../reading.ts";
import { areColumnNames } from "../table.ts";

export interface LabelledRow {
  /** The file's own, else the number of the row from 0. */
  id: string;
  text: string;
  label: string;
  line: number;
}

/**
 * Rows of sentence and label, with an id or index before them or without; a header is known by its last column, `label`. Files
 * of BioBERT's release have both forms: test with header and index, train without.
 * Warnings: `row-repeated` for an id that has come before.
 * @throws BiobertError `input-format` for other columns, an empty sentence; `label-unknown` style errors are the caller's.
 */
export function parseLabelledRows(text: string, options: { file?: string; warn?: WarningSink } = {}): LabelledRow[] {
  const place: FormatPlace = {
    file: options.file,
    hint: "Each row is sentence and label, or id, sentence and label, separated by tabs; a header is allowed.",
  };
  const rows: LabelledRow[] = [];
  const ids = new Set<string>();
  let width = 0;
  for (const { cells: columns, line } of tableRows(text, [2, 3], place)) {
    if (width === 0) width = columns.length;
    else if (columns.length !== width)
      throw badInput(place, `${columns.length} columns where earlier rows have ${width}`, { line });
    const label = columns.at(-1)!.trim();
    if (rows.length === 0 && line === 1 && /^(label|labels|class)$/i.test(label)) continue;
    const sentence = columns.at(-2)!;
    if (sentence.trim() === "") throw badInput(place, "an empty sentence", { line });
    if (label === "") throw badInput(place, "an empty label", { line });
    const id = columns.length === 3 ? columns[0]! : String(rows.length);
    if (ids.has(id))
      options.warn?.({
        code: "row-repeated",
        message: `the id ${id} has come before`,
        place: { file: options.file, line },
      });
    ids.add(id);
    rows.push({ id, text: sentence.trim(), label, line });
  }
  return rows;
}

/** Writes rows as BLURB and BLUE have them: id, sentence, label; with the header `index sentence label` where asked. */
export function encodeLabelledRows(
  rows: Iterable<{ id: string; text: string; label: string }>,
  options: { header?: boolean } = {},
): string {
  const lines = options.header === true ? ["index\tsentence\tlabel\n"] : [];
  for (const { id, text, label } of rows) lines.push(`${id}\t${text.replace(/\s+/g, " ").trim()}\t${label}\n`);
  return lines.join("");
}

export interface YesNoRow {
  id: string;
  question: string;
  context: string;
  label: string;
  line: number;
}

/**
 * BLURB's BioASQ and PubMedQA: id, question, passage, label, no header. `unlabelled` takes rows without the label, or with an empty one, too.
 * @throws BiobertError `input-format`.
 */
export function parseYesNoRows(text: string, options?: { file?: string; unlabelled?: false }): YesNoRow[];
export function parseYesNoRows(
  text: string,
  options: { file?: string; unlabelled?: boolean },
): (Omit<YesNoRow, "label"> & { label?: string })[];
export function parseYesNoRows(
  text: string,
  options: { file?: string; unlabelled?: boolean } = {},
): (Omit<YesNoRow, "label"> & { label?: string })[] {
  const place: FormatPlace = {
    file: options.file,
    hint: "Each row is id, question, passage, label (yes, no or maybe), separated by tabs; there is no header.",
  };
  const { unlabelled = false } = options;
  return [...tableRows(text, unlabelled ? [3, 4] : 4, place)].map(({ cells: columns, line }) => {
    const [id, question, context, label = ""] = columns as [string, string, string, string?];
    const isOpen = unlabelled && label.trim() === "";
    const isHeader =
      line === 1 && areColumnNames(columns) && (!isOpen || /^(?:question|query|body)$/i.test(question.trim()));
    const header = isHeader ? "line 1 looks like a header, and there must be none" : undefined;
    if (!isOpen && !["yes", "no", "maybe"].includes(label.trim())) {
      const message = `the label ${quoted(label)} is neither yes, no nor maybe`;
      throw badInput(place, header === undefined ? message : `${header}: ${message}`, { line });
    }
    if (isOpen && header !== undefined) throw badInput(place, header, { line });
    if (context.trim() === "") throw badInput(place, `the question ${id} has no context`, { line });
    return { id, question, context, ...(isOpen ? {} : { label: label.trim() }), line };
  });
}

export interface SimilarityRow {
  id: string;
  first: string;
  second: string;
  score: number;
  line: number;
}

/** BIOSSES (Sogancioglu et al. 2017): header, then pair_id, two sentences, score. @throws BiobertError `input-format`. */
export function parseSimilarityRows(text: string, options: { file?: string } = {}): SimilarityRow[] {
  const place: FormatPlace = {
    file: options.file,
    hint: "A header, then each row is id, sentence, sentence, score, separated by tabs.",
  };
  return [...tableRows(text, 4, place)]
    .filter(({ cells: columns, line }) => !(line === 1 && /^score$/i.test(columns[3]!.trim())))
    .map(({ cells: columns, line }) => {
      const score = columns[3]!.trim() === "" ? Number.NaN : Number(columns[3]);
      if (!Number.isFinite(score)) throw badInput(place, `the score ${quoted(columns[3]!)} is no number`, { line });
      return { id: columns[0]!, first: columns[1]!, second: columns[2]!, score, line };
    });
}

/** The ten hallmarks (Baker et al. 2016) in the order of BLURB's numbers. */
export const HALLMARKS: readonly string[] = [
  "activating invasion and metastasis",
  "avoiding immune destruction",
  "cellular energetics",
  "enabling replicative immortality",
  "evading growth suppressors",
  "genomic instability and mutation",
  "inducing angiogenesis",
  "resisting cell death",
  "sustaining proliferative signaling",
  "tumor promoting inflammation",
];

export interface HallmarkRow {
  documentId: string;
  /** Of a sentence, its number in the abstract from 0. */
  position?: number;
  text: string;
  labels: string[];
  line: number;
}

/**
 * The Hallmarks of Cancer: BLURB's sentences (labels `0_0,1_1,…`, sentence, `PMID_sN`), or abstracts (pmid, text, labels separated by
 * ";"). The header says which.
 * @throws BiobertError `input-format`; `label-unknown` is not thrown: a label is one of `HALLMARKS` or refused as format.
 */
export function parseHallmarks(text: string, options: { file?: string } = {}): HallmarkRow[] {
  const place: FormatPlace = {
    file: options.file,
    hint: "Columns are labels, sentence, index as in BLURB, or pmid, text, labels; the header says which.",
  };
  const header = linesOf(text).next().value?.text ?? "";
  const sentences = header.startsWith("labels\t");
  if (!sentences && !header.startsWith("pmid\t"))
    throw badInput(place, `the header ${quoted(header)} is of neither form`, { line: 1 });
  return [...tableRows(text, 3, place)].slice(1).map(({ cells: columns, line }) => {
    if (!sentences) {
      const labels = columns[2]!
        .split(";")
        .map((label) => label.trim())
        .filter((label) => label !== "");
      const unknown = labels.find((label) => !HALLMARKS.includes(label));
      if (unknown !== undefined) throw badInput(place, `the label ${quoted(unknown)} is no hallmark`, { line });
      return { documentId: columns[0]!, text: columns[1]!, labels, line };
    }
    const flags = columns[0]!.split(",").map((flag) => /^(\d)_([01])$/.exec(flag.trim()));
    if (flags.length !== 10 || flags.some((flag, i) => flag === null || Number(flag[1]) !== i))
      throw badInput(place, `the labels ${quoted(columns[0]!)} are not 0_0,1_0,… 9_0`, { line });
    const index = /^(.+)_s(\d+)$/.exec(columns[2]!.trim());
    if (index === null) throw badInput(place, `the index ${quoted(columns[2]!)} is not PMID_sN`, { line });
    return {
      documentId: index[1]!,
      position: Number(index[2]),
      text: columns[1]!,
      labels: HALLMARKS.filter((_, i) => flags[i]![2] === "1"),
      line,
    };
  });
}
