// Reads NER data sets: the BioBERT release's tagged tokens, and documents with offsets that become such sentences.

import type { WarningSink } from "../../core/index.ts";
import { checkLabels, parseBrat, parsePubTator, pubTatorStandoff, type StandoffDocument } from "../../formats/index.ts";
import { readNerCorpus } from "../ner-corpus.ts";
import { taggedSentences } from "../convert/tagged-sentences.ts";
import type { DataSource } from "../data-root.ts";
import type { ReadContext, ReadResult } from "../registry/types.ts";

/** Token and tag columns. */
export async function readTagged({ files, source, warn, split }: ReadContext): Promise<ReadResult<"ner">> {
  const paths: string[] = [];
  for (const path of files) paths.push(await source.locate(path));
  const corpus = await readNerCorpus(paths);
  corpus.warnings.forEach(warn);
  const examples = corpus.sentences.map((sentence, i) => ({ id: `${split}-${i}`, ...sentence }));
  return { examples, labels: corpus.labels };
}

/** PubTator documents; `types` are those tagged. */
export async function readPubTatorTagged(
  { files, source, warn }: ReadContext,
  types: readonly string[],
): Promise<ReadResult<"ner">> {
  return tagged(await pubTatorDocuments(files, source, warn), types, warn, files.join(", "));
}

/** BRAT documents in a folder or archive. */
export async function readBratTagged(
  { files, source, warn, split }: ReadContext,
  folder: string,
  types: readonly string[],
): Promise<ReadResult<"ner">> {
  const { files: found, file } = await source.bundle(
    folder,
    files[0]!,
    (path) => path.includes(`${split}/`) && /\.(?:txt|ann)$/.test(path),
  );
  return tagged(bratDocuments(found, file, warn), types, warn, file);
}

/**
 * Pairs of `.txt` and `.ann` files as documents, named after the file; after its path where several of one name are there. One without the
 * other is left out with a warning (`brat-text-missing`, `brat-annotations-missing`).
 */
export function bratDocuments(
  files: readonly { path: string; text: string }[],
  place: string,
  warn: WarningSink,
): StandoffDocument[] {
  const texts = new Map(
    files.filter(({ path }) => path.endsWith(".txt")).map(({ path, text }) => [path.slice(0, -4), text]),
  );
  const annotated = files.filter(({ path }) => path.endsWith(".ann"));
  const nameOf = (stem: string): string => stem.split("/").at(-1)!;
  const named = new Map<string, number>();
  for (const { path } of annotated) {
    const name = nameOf(path.slice(0, -4));
    named.set(name, (named.get(name) ?? 0) + 1);
  }
  const stems = new Set(annotated.map(({ path }) => path.slice(0, -4)));
  for (const stem of texts.keys())
    if (!stems.has(stem))
      warn({
        code: "brat-annotations-missing",
        message: `${stem}.txt has no .ann beside it and is left out; an empty .ann says that it has no entity`,
        place: { file: place },
      });
  return annotated
    .map(({ path, text: annotations }) => {
      const stem = path.slice(0, -4);
      const id = named.get(nameOf(stem)) === 1 ? nameOf(stem) : stem;
      const text = texts.get(stem);
      if (text === undefined)
        warn({
          code: "brat-text-missing",
          message: `${path} has no .txt beside it and is left out`,
          place: { file: place },
        });
      return text === undefined ? undefined : parseBrat(id, text, annotations, { file: `${place}:${path}`, warn });
    })
    .filter((document) => document !== undefined);
}

/** The documents of PubTator files; one that comes twice is left out the second time, with a warning. */
export async function pubTatorDocuments(
  files: readonly string[],
  source: DataSource,
  warn: WarningSink,
): Promise<StandoffDocument[]> {
  const documents = new Map<string, StandoffDocument>();
  for (const path of files) {
    const { text, file } = await source.text(path);
    for (const document of parsePubTator(text, { file, warn, repeated: "it is left out" }))
      if (!documents.has(document.id)) documents.set(document.id, pubTatorStandoff(document, file));
  }
  return [...documents.values()];
}

function tagged(
  documents: readonly StandoffDocument[],
  types: readonly string[],
  warn: WarningSink,
  file: string,
): ReadResult<"ner"> {
  const { examples, counts } = taggedSentences(documents, { types, warn, file });
  return { examples, counts, labels: checkLabels(examples, warn).labels };
}
