// What each split was counted to hold on the files that files.ts has the SHA-256 of, beside what an entry's own source says: a copy that is cut
// short or of another version does not pass for the corpus. `biobert datasets check --json` counts them; of folds each is counted.

import type { Split } from "../examples.ts";
import type { AnyDataset, DatasetSplit } from "./types.ts";

/** Data set, split, and what is counted: once, or of each fold. */
type Row = readonly [id: string, split: Split, counts: readonly Readonly<Record<string, number>>[]];

// prettier-ignore
const ROWS: readonly Row[] = [
  ["bc5cdr", "train", [{ sentences: 4542, tokens: 118170, entities: 9385 }]],
  ["bc5cdr", "dev", [{ sentences: 4561, tokens: 117453, entities: 9591 }]],
  ["bc5cdr", "test", [{ sentences: 4778, tokens: 124750, entities: 9809 }]],
  ["jnlpba-5types", "train", [{ sentences: 18694, tokens: 560783, entities: 51300 }]],
  ["jnlpba-5types", "test", [{ sentences: 3951, tokens: 114699, entities: 8662 }]],
  ["chemprot", "train", [{ sentences: 10268, examples: 18103, "label CPR:3": 761, "label CPR:4": 2248, "label CPR:5": 173, "label CPR:6": 235, "label CPR:9": 727, "label false": 13959 }]],
  ["chemprot", "dev", [{ sentences: 6150, examples: 11460, "label CPR:3": 548, "label CPR:4": 1093, "label CPR:5": 115, "label CPR:6": 199, "label CPR:9": 457, "label false": 9048 }]],
  ["chemprot", "test", [{ sentences: 8033, examples: 15702, "label CPR:3": 664, "label CPR:4": 1658, "label CPR:5": 185, "label CPR:6": 293, "label CPR:9": 644, "label false": 12258 }]],
  ["ddi-2013", "train", [{ sentences: 6138, "label DDI-advise": 725, "label DDI-effect": 1486, "label DDI-false": 21744, "label DDI-int": 177, "label DDI-mechanism": 1163 }]],
  ["ddi-2013", "dev", [{ sentences: 838, "label DDI-advise": 101, "label DDI-effect": 201, "label DDI-false": 2027, "label DDI-int": 11, "label DDI-mechanism": 156 }]],
  ["ddi-2013", "test", [{ "label DDI-false": 4737 }]],
  ["gad", "train", [{ examples: 4796, "label 0": 2276, "label 1": 2520 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4797, "label 0": 2276, "label 1": 2521 }, { examples: 4798, "label 0": 2277, "label 1": 2521 }]],
  ["gad", "test", [{ examples: 534, "label 0": 253, "label 1": 281 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 533, "label 0": 253, "label 1": 280 }, { examples: 532, "label 0": 252, "label 1": 280 }]],
  ["euadr", "train", [{ examples: 318, "label 0": 83, "label 1": 235 }, { examples: 318, "label 0": 83, "label 1": 235 }, { examples: 319, "label 0": 83, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }, { examples: 320, "label 0": 84, "label 1": 236 }]],
  ["euadr", "test", [{ examples: 37, "label 0": 10, "label 1": 27 }, { examples: 37, "label 0": 10, "label 1": 27 }, { examples: 36, "label 0": 10, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }, { examples: 35, "label 0": 9, "label 1": 26 }]],
  ["gad-blurb", "train", [{ "label 0": 2034, "label 1": 2227 }]],
  ["gad-blurb", "dev", [{ "label 0": 242, "label 1": 293 }]],
  ["gad-blurb", "test", [{ "label 0": 253, "label 1": 281 }]],
  ["biored", "train", [{ pairs: 21845, examples: 21845, "label Association": 2178, "label Bind": 60, "label Comparison": 28, "label Conversion": 3, "label Cotreatment": 31, "label Drug_Interaction": 11, "label Negative_Correlation": 759, "label None": 17687, "label Positive_Correlation": 1088 }]],
  ["biored", "dev", [{ pairs: 6334, examples: 6334, "label Association": 560, "label Bind": 18, "label Comparison": 5, "label Cotreatment": 10, "label Negative_Correlation": 216, "label None": 5173, "label Positive_Correlation": 352 }]],
  ["bioasq-factoid-4b", "train", [{ questions: 608, examples: 2409 }]],
  ["bioasq-factoid-5b", "train", [{ questions: 604, examples: 2404 }]],
  ["bioasq-factoid-6b", "train", [{ questions: 604, examples: 2404 }]],
  ["bioasq-factoid-7b", "train", [{ questions: 604, examples: 2404 }]],
  ["bioasq-factoid-7b", "test", [{ examples: 1077 }]],
  ["bioasq-list-4b", "train", [{ questions: 250, examples: 1947 }]],
  ["bioasq-list-4b", "test", [{ examples: 644 }]],
  ["bioasq-list-5b", "train", [{ questions: 250, examples: 1947 }]],
  ["bioasq-list-5b", "test", [{ examples: 636 }]],
  ["bioasq-list-6b", "train", [{ questions: 250, examples: 1947 }]],
  ["bioasq-list-6b", "test", [{ examples: 835 }]],
  ["bioasq-list-7b", "train", [{ questions: 250, examples: 1947 }]],
  ["bioasq-list-7b", "test", [{ examples: 609 }]],
  ["bioasq-yesno-4b", "train", [{ questions: 392, examples: 392, "label no": 139, "label yes": 253 }]],
  ["bioasq-yesno-4b", "test", [{ examples: 133, "label no": 6, "label yes": 127 }]],
  ["bioasq-yesno-5b", "train", [{ questions: 392, examples: 392, "label no": 139, "label yes": 253 }]],
  ["bioasq-yesno-5b", "test", [{ examples: 130, "label no": 36, "label yes": 94 }]],
  ["bioasq-yesno-6b", "train", [{ questions: 392, examples: 392, "label no": 139, "label yes": 253 }]],
  ["bioasq-yesno-6b", "test", [{ examples: 130, "label no": 40, "label yes": 90 }]],
  ["bioasq-yesno-7b", "train", [{ questions: 392, examples: 392, "label no": 139, "label yes": 253 }]],
  ["bioasq-yesno-7b", "test", [{ examples: 140, "label no": 46, "label yes": 94 }]],
  ["bioasq-yesno-blurb", "train", [{ questions: 670, "label no": 118, "label yes": 552 }]],
  ["bioasq-yesno-blurb", "dev", [{ questions: 75, "label no": 13, "label yes": 62 }]],
  ["bioasq-yesno-blurb", "test", [{ questions: 140, "label no": 46, "label yes": 94 }]],
  ["pubmedqa", "train", [{ questions: 450, "label maybe": 49, "label no": 152, "label yes": 249 }, { questions: 450, "label maybe": 49, "label no": 152, "label yes": 249 }, { questions: 450, "label maybe": 50, "label no": 152, "label yes": 248 }, { questions: 450, "label maybe": 49, "label no": 152, "label yes": 249 }, { questions: 450, "label maybe": 49, "label no": 153, "label yes": 248 }, { questions: 450, "label maybe": 49, "label no": 153, "label yes": 248 }, { questions: 450, "label maybe": 49, "label no": 153, "label yes": 248 }, { questions: 450, "label maybe": 49, "label no": 152, "label yes": 249 }, { questions: 450, "label maybe": 49, "label no": 152, "label yes": 249 }, { questions: 450, "label maybe": 53, "label no": 150, "label yes": 247 }]],
  ["pubmedqa", "dev", [{ questions: 50, "label maybe": 6, "label no": 17, "label yes": 27 }, { questions: 50, "label maybe": 6, "label no": 17, "label yes": 27 }, { questions: 50, "label maybe": 5, "label no": 17, "label yes": 28 }, { questions: 50, "label maybe": 6, "label no": 17, "label yes": 27 }, { questions: 50, "label maybe": 6, "label no": 16, "label yes": 28 }, { questions: 50, "label maybe": 6, "label no": 16, "label yes": 28 }, { questions: 50, "label maybe": 6, "label no": 16, "label yes": 28 }, { questions: 50, "label maybe": 6, "label no": 17, "label yes": 27 }, { questions: 50, "label maybe": 6, "label no": 17, "label yes": 27 }, { questions: 50, "label maybe": 2, "label no": 19, "label yes": 29 }]],
  ["pubmedqa", "test", [{ questions: 500 }]],
  ["medmcqa-folds", "train", [{ examples: 3346 }, { examples: 3346 }, { examples: 3346 }, { examples: 3347 }, { examples: 3347 }]],
  ["medmcqa-folds", "test", [{ examples: 837 }, { examples: 837 }, { examples: 837 }, { examples: 836 }, { examples: 836 }]],
  ["hoc", "train", [{ "label activating invasion and metastasis": 448, "label avoiding immune destruction": 185, "label cellular energetics": 136, "label enabling replicative immortality": 219, "label evading growth suppressors": 268, "label genomic instability and mutation": 523, "label inducing angiogenesis": 238, "label resisting cell death": 602, "label sustaining proliferative signaling": 674, "label tumor promoting inflammation": 375 }]],
  ["hoc", "dev", [{ "label activating invasion and metastasis": 64, "label avoiding immune destruction": 20, "label cellular energetics": 44, "label enabling replicative immortality": 11, "label evading growth suppressors": 23, "label genomic instability and mutation": 103, "label inducing angiogenesis": 60, "label resisting cell death": 72, "label sustaining proliferative signaling": 85, "label tumor promoting inflammation": 45 }]],
  ["hoc", "test", [{ "label activating invasion and metastasis": 155, "label avoiding immune destruction": 21, "label cellular energetics": 33, "label enabling replicative immortality": 65, "label evading growth suppressors": 75, "label genomic instability and mutation": 142, "label inducing angiogenesis": 60, "label resisting cell death": 158, "label sustaining proliferative signaling": 234, "label tumor promoting inflammation": 98 }]],
  ["hoc-abstracts", "train", [{ documents: 1108, "label activating invasion and metastasis": 199, "label avoiding immune destruction": 77, "label cellular energetics": 76, "label enabling replicative immortality": 82, "label evading growth suppressors": 174, "label genomic instability and mutation": 239, "label inducing angiogenesis": 97, "label resisting cell death": 302, "label sustaining proliferative signaling": 338, "label tumor promoting inflammation": 162 }]],
  ["hoc-abstracts", "dev", [{ documents: 157, "label activating invasion and metastasis": 35, "label avoiding immune destruction": 14, "label cellular energetics": 10, "label enabling replicative immortality": 15, "label evading growth suppressors": 22, "label genomic instability and mutation": 24, "label inducing angiogenesis": 15, "label resisting cell death": 45, "label sustaining proliferative signaling": 41, "label tumor promoting inflammation": 24 }]],
  ["hoc-abstracts", "test", [{ documents: 315, "label activating invasion and metastasis": 57, "label avoiding immune destruction": 17, "label cellular energetics": 19, "label enabling replicative immortality": 18, "label evading growth suppressors": 46, "label genomic instability and mutation": 70, "label inducing angiogenesis": 31, "label resisting cell death": 83, "label sustaining proliferative signaling": 83, "label tumor promoting inflammation": 54 }]],
  ["nicta-piboso", "train", [{ "label background": 1832, "label intervention": 258, "label other": 1114, "label outcome": 3186, "label population": 504, "label study design": 85 }]],
  ["nicta-piboso", "dev", [{ "label background": 191, "label intervention": 33, "label other": 136, "label outcome": 378, "label population": 57, "label study design": 6 }]],
  ["nicta-piboso", "test", [{ "label background": 525, "label intervention": 63, "label other": 303, "label outcome": 959, "label population": 120, "label study design": 21 }]],
  ["ohsumed", "train", [{ "label C01": 114, "label C02": 25, "label C03": 21, "label C04": 430, "label C05": 83, "label C06": 176, "label C07": 29, "label C08": 121, "label C09": 35, "label C10": 215, "label C11": 49, "label C12": 155, "label C13": 92, "label C14": 585, "label C15": 54, "label C16": 59, "label C17": 101, "label C18": 168, "label C19": 40, "label C20": 179, "label C21": 240, "label C22": 9, "label C23": 377 }]],
  ["ohsumed", "test", [{ "label C01": 102, "label C02": 50, "label C03": 29, "label C04": 600, "label C05": 140, "label C06": 178, "label C07": 34, "label C08": 129, "label C09": 28, "label C10": 342, "label C11": 76, "label C12": 187, "label C13": 103, "label C14": 590, "label C15": 79, "label C16": 70, "label C17": 132, "label C18": 155, "label C19": 46, "label C20": 231, "label C21": 313, "label C22": 10, "label C23": 419 }]],
  ["scirepeval-citations", "test", [{ queries: 200, examples: 596 }]],
  ["scirepeval-search", "test", [{ examples: 1100 }]],
  ["biosses-embedding", "train", [{ examples: 128 }]],
  ["biosses-embedding", "dev", [{ examples: 32 }]],
  ["biosses-embedding", "test", [{ examples: 40 }]],
];

const MEASURED = new Map(ROWS.map(([id, split, counts]) => [`${id} ${split}`, counts]));

/** The entry with what was measured beside what it says itself. */
export function withMeasuredCounts<Entry extends AnyDataset>(entry: Entry): Entry {
  const splits = Object.entries(entry.splits).map(([name, part]): [string, DatasetSplit] => {
    const [counts, ...others] = MEASURED.get(`${entry.id} ${name}`) ?? [];
    if (counts === undefined) return [name, part];
    if (others.length === 0) return [name, { ...part, counts: { ...part.counts, ...counts } }];
    return [name, { ...part, foldCounts: [counts, ...others] }];
  });
  return { ...entry, splits: Object.fromEntries(splits) };
}
