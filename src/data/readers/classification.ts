// Reads classification, similarity and document embedding data sets.

import {
  HALLMARKS,
  parseHallmarks,
  parseLabelledAbstracts,
  parseSciRepEvalLabels,
  parseSciRepEvalSearch,
  parseSciRepEvalTriples,
  parseSimilarityRows,
} from "../../formats/index.ts";
import type { ClassificationExample, DocumentExample, SimilarityExample } from "../examples.ts";
import type { ReadContext, ReadResult } from "../registry/types.ts";

/** Hallmarks of Cancer, sentences or abstracts. */
export async function readHallmarks({ files, source }: ReadContext): Promise<ReadResult<"classification">> {
  const examples: ClassificationExample[] = [];
  for (const path of files) {
    const { text, file } = await source.text(path);
    for (const { documentId, position, text: content, labels, line } of parseHallmarks(text, { file })) {
      examples.push({
        id: position === undefined ? documentId : `${documentId}_s${position}`,
        documentId,
        text: content,
        labels,
        file,
        line,
        ...(position === undefined ? {} : { position }),
      });
    }
  }
  return {
    examples,
    labels: HALLMARKS,
    counts: { documents: new Set(examples.map(({ documentId }) => documentId)).size },
  };
}

/** Abstracts of labelled sentences. */
export async function readLabelledAbstracts({
  files,
  source,
  warn,
}: ReadContext): Promise<ReadResult<"classification">> {
  const examples: ClassificationExample[] = [];
  let documents = 0;
  for (const path of files) {
    const { text, file } = await source.text(path);
    const abstracts = parseLabelledAbstracts(text, { file, warn });
    documents += abstracts.length;
    for (const { id, sentences } of abstracts)
      sentences.forEach((sentence, position) =>
        examples.push({
          id: `${id}.${position}`,
          documentId: id,
          text: sentence.text,
          labels: [sentence.label],
          position,
          file,
          line: sentence.line,
        }),
      );
  }
  return { examples, counts: { documents } };
}

/** OHSUMED: a folder a class, a file a document; title on the first line. */
export async function readOhsumed(context: ReadContext): Promise<ReadResult<"classification">> {
  const { documents, file } = await ohsumed(context);
  return {
    examples: documents.map(({ id, title, abstract, label }) => ({
      id,
      documentId: id,
      text: `${title} ${abstract}`.trim(),
      labels: [label],
      file,
    })),
  };
}

/** The same documents to embed. */
export async function readOhsumedDocuments(context: ReadContext): Promise<ReadResult<"document-embedding">> {
  const { documents, file } = await ohsumed(context);
  return {
    examples: documents.map(({ id, title, abstract, label }) => ({
      id,
      documentId: id,
      title,
      abstract,
      labels: [label],
      file,
    })),
  };
}

async function ohsumed({ files, source, split }: ReadContext) {
  const folder = split === "train" ? "training" : "test";
  const { files: found, file } = await source.bundle("ohsumed/ohsumed_single_23", files[0]!, (path) =>
    new RegExp(`(?:^|/)${folder}/C\\d\\d/[^/]+$`).test(path),
  );
  const documents = found.map(({ path, text }) => {
    const [label, id] = path.split("/").slice(-2) as [string, string];
    const [title = "", ...rest] = text.split("\n");
    return {
      id,
      label,
      title: title.trim(),
      abstract: rest
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .join(" "),
    };
  });
  return { documents, file };
}

/** BIOSSES. */
export async function readSimilarity({ files, source }: ReadContext): Promise<ReadResult<"similarity">> {
  const examples: SimilarityExample[] = [];
  for (const path of files) {
    const { text, file } = await source.text(path);
    for (const row of parseSimilarityRows(text, { file })) examples.push({ ...row, file });
  }
  return { examples };
}

/** BIOSSES as texts to embed, two a pair: the texts of pair 7 are the documents 7a and 7b. */
export async function readSimilarityDocuments(context: ReadContext): Promise<ReadResult<"document-embedding">> {
  const { examples } = await readSimilarity(context);
  return {
    examples: examples.flatMap(({ id, first, second, ...place }) =>
      [
        { id: `${id}a`, title: first },
        { id: `${id}b`, title: second },
      ].map((text) => ({
        ...text,
        documentId: text.id,
        abstract: "",
        labels: [],
        ...(place.file === undefined ? {} : { file: place.file }),
      })),
    ),
    pairs: examples.map(({ id, score }) => ({ first: `${id}a`, second: `${id}b`, score })),
    counts: { pairs: examples.length },
  };
}

/** SciRepEval's samples: `labels`, `citations` or `search`. */
export async function readSciRepEval(
  { files, source }: ReadContext,
  kind: "labels" | "citations" | "search",
): Promise<ReadResult<"document-embedding">> {
  const { text, file } = await source.text(files[0]!);
  const withFile = (documents: readonly DocumentExample[]): DocumentExample[] =>
    documents.map((document) => ({ ...document, documentId: document.id, file }));
  if (kind === "labels") return { examples: withFile(parseSciRepEvalLabels(text, { file })) };
  const { documents, rankings } =
    kind === "search" ? parseSciRepEvalSearch(text, { file }) : parseSciRepEvalTriples(text, { file });
  return { examples: withFile(documents), rankings: { [kind]: rankings }, counts: { queries: rankings.length } };
}
