// Scientific documents to embed: SciRepEval's records (Singh et al. 2023: field of study, MeSH, citation triples, search) and SciDocs'
// files (Cohan et al. 2020: metadata by paper id, labels as CSV, rankings as qrel lines `query 0 candidate relevance`).

import { linesOf } from "../lines.ts";
import { arrayField, badInput, type FormatPlace, jsonRecords, parseJson, quoted, recordOf } from "../reading.ts";
import { parseCsv } from "../table.ts";

export interface ScientificDocument {
  id: string;
  title: string;
  abstract: string;
  labels: string[];
}

export interface DocumentRanking {
  query: string;
  candidates: { id: string; relevance: number }[];
}

/** SciRepEval's labelled records; the label is `descriptor` or each of `labels_text`. @throws BiobertError `input-format`. */
export function parseSciRepEvalLabels(text: string, options: { file?: string } = {}): ScientificDocument[] {
  const place: FormatPlace = {
    file: options.file,
    hint: 'A record is {"corpus_id", "title", "abstract", "labels_text" or "descriptor"}.',
  };
  return [...jsonRecords(text, place)].map(({ record, number }) => {
    const where = { name: `record ${number}` };
    const label = record["descriptor"] ?? record["labels_text"] ?? record["labels"];
    if (label === undefined) throw badInput(place, "no label", where);
    return { ...documentOf(record, place, where), labels: [label].flat().map(String) };
  });
}

/** SciRepEval's triples: query, a cited (`pos`) and a not cited document (`neg`) each. @throws BiobertError `input-format`. */
export function parseSciRepEvalTriples(
  text: string,
  options: { file?: string } = {},
): { documents: ScientificDocument[]; rankings: DocumentRanking[] } {
  const place: FormatPlace = {
    file: options.file,
    hint: 'A record is {"query": document, "pos": document, "neg": document}.',
  };
  const documents = new Map<string, ScientificDocument>();
  const rankings = new Map<string, DocumentRanking>();
  for (const { record, number } of jsonRecords(text, place)) {
    const where = { name: `record ${number}` };
    const [query, pos, neg] = ["query", "pos", "neg"].map((name) =>
      documentOf(recordOf(record[name], place, where), place, where),
    ) as [ScientificDocument, ScientificDocument, ScientificDocument];
    for (const document of [query, pos, neg]) if (!documents.has(document.id)) documents.set(document.id, document);
    const ranking = rankings.get(query.id) ?? { query: query.id, candidates: [] };
    for (const [id, relevance] of [
      [pos.id, 1],
      [neg.id, 0],
    ] as const)
      if (!ranking.candidates.some((candidate) => candidate.id === id)) ranking.candidates.push({ id, relevance });
    rankings.set(query.id, ranking);
  }
  return { documents: [...documents.values()], rankings: [...rankings.values()] };
}

/** SciRepEval's search: a query in words and candidates with scores; the query becomes a document with a title alone. @throws BiobertError `input-format`. */
export function parseSciRepEvalSearch(
  text: string,
  options: { file?: string } = {},
): { documents: ScientificDocument[]; rankings: DocumentRanking[] } {
  const place: FormatPlace = {
    file: options.file,
    hint: 'A line is {"query": text, "candidates": [{"corpus_id", "title", "abstract", "score"}]}.',
  };
  const documents = new Map<string, ScientificDocument>();
  const rankings: DocumentRanking[] = [];
  for (const { record, number } of jsonRecords(text, place)) {
    const where = { name: `record ${number}` };
    if (typeof record["query"] !== "string" || !Array.isArray(record["candidates"]))
      throw badInput(place, "no query with candidates", where);
    const query = `query-${number}`;
    documents.set(query, { id: query, title: record["query"], abstract: "", labels: [] });
    const candidates = (record["candidates"] as unknown[]).map((item) => {
      const candidate = recordOf(item, place, where);
      const document = documentOf(candidate, place, where);
      if (!documents.has(document.id)) documents.set(document.id, document);
      return { id: document.id, relevance: Number(candidate["score"]) };
    });
    rankings.push({ query, candidates });
  }
  return { documents: [...documents.values()], rankings };
}

/** A paper of SciDocs: a document, and what its recommender knows of it. */
export interface SciDocsPaper extends ScientificDocument {
  authors: string[];
  references: string[];
  citedBy: string[];
  year?: number;
}

/**
 * SciDocs' metadata: {paper id: {paper_id, title, abstract}}, and where there are such authors, references, cited_by and year.
 * @throws BiobertError `input-format`.
 */
export function parseSciDocsMetadata(text: string, options: { file?: string } = {}): SciDocsPaper[] {
  const place: FormatPlace = {
    file: options.file,
    hint: 'SciDocs metadata is {"ID": {"paper_id", "title", "abstract", "authors", "references", "cited_by", "year"}}.',
  };
  return Object.entries(recordOf(parseJson(text, place), place)).map(([id, value]) => {
    const where = { name: id };
    const record = { paper_id: id, ...recordOf(value, place, where) } as Record<string, unknown>;
    const ids = (name: string): string[] =>
      arrayField(record, name, place, where).flatMap((item) =>
        typeof item === "string" || typeof item === "number" ? [String(item)] : [],
      );
    const year = Number(record["year"] ?? Number.NaN);
    return {
      ...documentOf(record, place, where),
      authors: ids("authors"),
      references: ids("references"),
      citedBy: ids("cited_by"),
      ...(Number.isFinite(year) ? { year } : {}),
    };
  });
}

/** SciDocs' labels: a header `pid,class_label`, then rows. @throws BiobertError `input-format`. */
export function parseSciDocsLabels(text: string, options: { file?: string } = {}): { id: string; label: string }[] {
  const place: FormatPlace = { file: options.file, hint: "A header pid,class_label, then an id and a label a row." };
  return parseCsv(text, options.file)
    .slice(1)
    .map(({ cells: columns, line }) => {
      if (columns.length !== 2) throw badInput(place, `${columns.length} columns where 2 are expected`, { line });
      return { id: columns[0]!, label: columns[1]! };
    });
}

/** SciDocs' rankings: `query 0 candidate relevance` a line. @throws BiobertError `input-format`. */
export function parseQrel(text: string, options: { file?: string } = {}): DocumentRanking[] {
  const place: FormatPlace = {
    file: options.file,
    hint: "Each line is query, 0, candidate, relevance, separated by spaces.",
  };
  const rankings = new Map<string, DocumentRanking>();
  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") continue;
    const columns = content.trim().split(/\s+/);
    const relevance = Number(columns[3]);
    if (columns.length !== 4 || !Number.isFinite(relevance))
      throw badInput(place, `no judgement: ${quoted(content)}`, { line });
    const ranking = rankings.get(columns[0]!) ?? { query: columns[0]!, candidates: [] };
    if (ranking.candidates.some(({ id }) => id === columns[2]))
      throw badInput(place, `the candidate ${columns[2]} of ${columns[0]} has come before`, { line });
    ranking.candidates.push({ id: columns[2]!, relevance });
    rankings.set(columns[0]!, ranking);
  }
  return [...rankings.values()];
}

/**
 * SciDocs' clicks: a header, then the query, the clicked paper and all that were shown, in order, with commas between them.
 * @throws BiobertError `input-format`.
 */
export function parseSciDocsClicks(
  text: string,
  options: { file?: string } = {},
): { query: string; clicked: string; shown: string[] }[] {
  const place: FormatPlace = {
    file: options.file,
    hint: 'A header, then a row of query, clicked paper and the papers shown: p1,p4,"p6,p4,p8".',
  };
  return parseCsv(text, options.file)
    .slice(1)
    .map(({ cells, line }) => {
      if (cells.length !== 3) throw badInput(place, `${cells.length} columns where 3 are expected`, { line });
      const [query, clicked, list] = cells as [string, string, string];
      const shown = list
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== "");
      if (!shown.includes(clicked)) throw badInput(place, `${clicked} was clicked but not shown`, { line });
      return { query, clicked, shown };
    });
}

/** SciDocs' click propensities by place in the list: `{"scores": [...]}`. @throws BiobertError `input-format`. */
export function parseSciDocsPropensities(text: string, options: { file?: string } = {}): number[] {
  const place: FormatPlace = { file: options.file, hint: 'It is {"scores": [0.3, 0.2, ...]}, all above 0.' };
  const { scores } = recordOf(parseJson(text, place), place);
  if (!Array.isArray(scores) || !scores.every((score) => typeof score === "number" && score > 0))
    throw badInput(place, 'no "scores" above 0');
  return scores as number[];
}

/** Writes embeddings as SciDocs reads them: a JSON line `{"paper_id", "title", "embedding"}` a document. */
export function encodeSciDocsEmbeddings(
  rows: Iterable<{ id: string; title?: string; embedding: ArrayLike<number> }>,
): string {
  let out = "";
  for (const { id, title, embedding } of rows)
    out += `${JSON.stringify({ paper_id: id, ...(title === undefined ? {} : { title }), embedding: Array.from(embedding) })}\n`;
  return out;
}

/** Reads such lines, or those with an `id` in place of `paper_id`: vectors of one length, by id. @throws BiobertError `input-format`. */
export function parseSciDocsEmbeddings(text: string, options: { file?: string } = {}): Map<string, Float32Array> {
  const place: FormatPlace = { file: options.file, hint: 'A line is {"paper_id" or "id", "embedding": [numbers]}.' };
  const vectors = new Map<string, Float32Array>();
  let width: number | undefined;
  for (const { record, number, line } of jsonRecords(text, place)) {
    const id = record["paper_id"] ?? record["id"];
    const where = line === undefined ? { name: `record ${number}` } : { line };
    const values = record["embedding"];
    if (typeof id !== "string" && typeof id !== "number") throw badInput(place, "neither paper_id nor id", where);
    if (!Array.isArray(values) || !values.every((value) => typeof value === "number"))
      throw badInput(place, `the embedding of ${id} is no list of numbers`, where);
    width ??= values.length;
    if (values.length !== width || width === 0)
      throw badInput(place, `${values.length} numbers where the first embedding has ${width}`, where);
    if (vectors.has(String(id))) throw badInput(place, `the paper ${id} has come before`, where);
    vectors.set(String(id), Float32Array.from(values));
  }
  return vectors;
}

function documentOf(record: Record<string, unknown>, place: FormatPlace, where: { name: string }): ScientificDocument {
  const id = record["corpus_id"] ?? record["sha"] ?? record["paper_id"] ?? record["doc_id"];
  if (typeof id !== "string" && typeof id !== "number") throw badInput(place, "a document without an id", where);
  const textOf = (name: string): string => (typeof record[name] === "string" ? record[name] : "");
  const document = { id: String(id), title: textOf("title"), abstract: textOf("abstract"), labels: [] };
  if (`${document.title}${document.abstract}`.trim() === "")
    throw badInput(place, `the document ${document.id} has neither title nor abstract`, where);
  return document;
}
