// Gold and predicted labels of the same items, as every scorer of labels reads them: tables or JSON lines, paired by id or by row.

import { BiobertError, type WarningSink } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import {
  areColumnNames,
  type LabelPair,
  type LabelRow,
  pairLabelRows,
  parseLabelRows,
  quoted,
} from "../../formats/index.ts";

/** Files of labels, and how they are read. */
export interface ScoreLabelOptions {
  gold: string;
  pred: string;
  labelColumn?: string;
  labels?: string[];
}

/** Reads both files and pairs their rows; `readOther` reads files that are no label files, and gives undefined for those that are. */
export async function readPairs(
  { gold, pred, labelColumn, labels }: ScoreLabelOptions,
  readOther: (text: string, file: string) => LabelRow[] | undefined = () => undefined,
): Promise<LabelPair[]> {
  const read = async (file: string, side: Side, classes?: string[]) => {
    const text = await readText(file, { stripBom: true, requireContent: true });
    return readOther(text, file) ?? parseLabelRows(text, { file, column: labelColumn, classes, side });
  };
  return pairLabelRows(await read(gold, "gold"), await read(pred, "predicted", labels), { gold, predicted: pred });
}

export type Side = "gold" | "predicted";

export const SIDES = ["gold", "predicted"] as const;

/** An `input-format` error at one side of a pair. */
export function badLabel(
  message: string,
  pair: LabelPair,
  side: Side,
  files: ScoreLabelOptions,
  hint?: string,
): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    place: { file: side === "gold" ? files.gold : files.pred, line: pair[side].line },
    ...(hint === undefined ? {} : { hint }),
  });
}

export interface SingleLabels {
  pair: LabelPair;
  gold: string;
  predicted: string;
}

/** Pairs of which each side has one label. @throws BiobertError `input-format` where a row has none or several. */
export function oneLabelEach(pairs: readonly LabelPair[], files: ScoreLabelOptions): SingleLabels[] {
  const labelOf = (pair: LabelPair, side: Side): string => {
    const { label, labels } = pair[side];
    if (label === "" && labels === undefined) throw badLabel("the cell of the label is empty", pair, side, files);
    if (labels === undefined || labels.length === 1) return label;
    const hint = "Score lists of labels with --multi-label, where the task has it.";
    throw badLabel(`${labels.length || "no"} labels where there must be one`, pair, side, files, hint);
  };
  return pairs.map((pair) => ({ pair, gold: labelOf(pair, "gold"), predicted: labelOf(pair, "predicted") }));
}

/** Says where gold and predictions have no label in common: they are likely of two schemes, or a column was misread. */
export function warnOfOtherLabels(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  files: ScoreLabelOptions,
  warn: WarningSink,
): void {
  const [known, said] = [new Set(gold.flat()), new Set(predicted.flat())];
  if (known.size === 0 || said.size === 0 || [...said].some((label) => known.has(label))) return;
  const name = (labels: Set<string>): string =>
    `${[...labels]
      .slice(0, 5)
      .map((label) => quoted(label, 30))
      .join(", ")}${labels.size > 5 ? ", …" : ""}`;
  warn({
    code: "labels-differ",
    message: `gold labels are ${name(known)}, predicted ones ${name(said)}: nothing can match`,
    place: { file: files.pred },
  });
}

/** Refuses the first label that is not as it must be, and says where a header is taken for one. */
export function requireLabels(
  pairs: readonly SingleLabels[],
  files: ScoreLabelOptions,
  { isRight, what, hint }: { isRight: (label: string) => boolean; what: (label: string) => string; hint?: string },
): void {
  for (const each of pairs) {
    for (const side of SIDES) {
      const label = each[side];
      if (isRight(label)) continue;
      const { line } = each.pair[side];
      const isHeader = line === 1 && areColumnNames([label]);
      const header = isHeader ? `Where line 1 is a header: --label-column ${JSON.stringify(label)}.` : undefined;
      throw badLabel(
        what(label),
        each.pair,
        side,
        files,
        [hint, header].filter((part) => part !== undefined).join(" ") || undefined,
      );
    }
  }
}
