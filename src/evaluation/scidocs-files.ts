// SciDocs' folder of data, as its repository has it: metadata of papers, labels (mag, mesh), judgements (coview, coread, cite, cocite) and
// clicks (recomm).

import { BiobertError } from "../core/index.ts";
import { exists, readText } from "../data/index.ts";
import {
  parseQrel,
  parseSciDocsClicks,
  parseSciDocsLabels,
  parseSciDocsMetadata,
  parseSciDocsPropensities,
  type ScientificDocument,
} from "../formats/index.ts";
import type { SciDocsData } from "./document-embedding.ts";

/** The metadata files: names are those of SciDocs' paths.py and of its data. */
const METADATA = [
  "paper_metadata_mag_mesh.json",
  "paper_metadata_view_cite_read.json",
  "paper_metadata_paper_metadata_view_cite_read.json",
  "paper_metadata_recomm.json",
];

export interface SciDocsFiles extends SciDocsData {
  /** Every paper of the metadata files, each once: what to embed. Empty where the folder has no metadata. */
  documents: ScientificDocument[];
  /** The files that were read, for checksums. */
  files: string[];
}

/**
 * Reads the folder. Which part is scored is `part`; SciDocs reports "test".
 * @throws BiobertError `file-not-found` for a file of labels, judgements or clicks; `input-format` with file and line.
 */
export async function readSciDocs(directory: string, part: "test" | "val" = "test"): Promise<SciDocsFiles> {
  const files: string[] = [];
  const open = async <T>(name: string, parse: (text: string, options: { file: string }) => T): Promise<T> => {
    const file = `${directory}/${name}`;
    const text = await readText(file, { stripBom: true, requireContent: true });
    files.push(file);
    return parse(text, { file });
  };
  const documents = new Map<string, ScientificDocument>();
  for (const name of METADATA) {
    if (!(await exists(`${directory}/${name}`))) continue;
    for (const document of await open(name, parseSciDocsMetadata))
      if (!documents.has(document.id)) documents.set(document.id, document);
  }
  const classified = async (name: string) => ({
    train: await open(`${name}/train.csv`, parseSciDocsLabels),
    test: await open(`${name}/${part}.csv`, parseSciDocsLabels),
  });
  const ranked = (name: string) => open(`${name}/${part}.qrel`, parseQrel);
  const mag = await classified("mag");
  const mesh = await classified("mesh");
  const [coView, coRead] = [await ranked("coview"), await ranked("coread")];
  const [cite, coCite] = [await ranked("cite"), await ranked("cocite")];
  const recommendation = await open(`recomm/${part}.csv`, parseSciDocsClicks);
  const propensities = await open("recomm/propensity_scores.json", parseSciDocsPropensities);
  const most = recommendation.reduce((longest, { shown }) => Math.max(longest, shown.length), 0);
  if (propensities.length < most) {
    throw new BiobertError({
      code: "input-format",
      message: `${propensities.length} propensities for lists of up to ${most} papers`,
      place: { file: `${directory}/recomm/propensity_scores.json` },
    });
  }
  return {
    documents: [...documents.values()],
    files,
    mag,
    mesh,
    coView,
    coRead,
    cite,
    coCite,
    recommendation,
    propensities,
  };
}
