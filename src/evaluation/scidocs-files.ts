// SciDocs' folder of data, as its repository has it: metadata of papers, labels (mag, mesh), judgements (coview, coread, cite, cocite) and
// clicks (recomm: those of train.csv are learnt from, where they are there).

import { BiobertError, type Warning } from "../core/index.ts";
import { exists, readText } from "../data/index.ts";
import {
  parseQrel,
  parseSciDocsClicks,
  parseSciDocsLabels,
  parseSciDocsMetadata,
  parseSciDocsPropensities,
  type SciDocsPaper,
} from "../formats/index.ts";
import type { SciDocsData } from "./document-embedding.ts";

/** The papers that are recommended, with what the recommender knows of them. */
const RECOMMENDED = "paper_metadata_recomm.json";

/** The metadata files: names are those of SciDocs' paths.py and of its data. */
const METADATA = [
  "paper_metadata_mag_mesh.json",
  "paper_metadata_view_cite_read.json",
  "paper_metadata_paper_metadata_view_cite_read.json",
  RECOMMENDED,
];

export interface SciDocsFiles extends SciDocsData {
  /** Every paper of the metadata files, each once: what to embed. Empty where the folder has no metadata. */
  documents: SciDocsPaper[];
  /** The files that were read, for checksums. */
  files: string[];
  warnings: Warning[];
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
  const documents = new Map<string, SciDocsPaper>();
  const papers = new Map<string, SciDocsPaper>();
  const warnings: Warning[] = [];
  for (const name of METADATA) {
    if (!(await exists(`${directory}/${name}`))) continue;
    for (const document of await open(name, parseSciDocsMetadata)) {
      if (!documents.has(document.id)) documents.set(document.id, document);
      if (name === RECOMMENDED) papers.set(document.id, document);
    }
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
  const clicks = `${directory}/recomm/train.csv`;
  const train = (await exists(clicks)) ? await open("recomm/train.csv", parseSciDocsClicks) : [];
  if (train.length === 0 || papers.size === 0) {
    const lacking = train.length === 0 ? "recomm/train.csv" : RECOMMENDED;
    warnings.push({
      code: "recommender-untrained",
      message: `there is no ${lacking} to learn to recommend from: shown papers are ranked by the distance of their vectors`,
      place: { file: directory },
    });
  }
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
    ...(train.length === 0 || papers.size === 0 ? {} : { recommender: { train, papers } }),
    warnings,
  };
}
