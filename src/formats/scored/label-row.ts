// One item of a label file, whatever the file's form.

export interface LabelRow {
  /** The first column, where there are several. */
  id?: string;
  /** The label as the file has it. */
  label: string;
  /** The labels, of a row that lists them. */
  labels?: readonly string[];
  /** 1-based. */
  line: number;
}

export interface LabelRowsOptions {
  file?: string;
  /** The label's column: its name in the header, or its number from 1. Default: the last. */
  column?: string;
  /** Names of the classes, in order: then a row may be one probability for each, of which the highest is the label. */
  classes?: readonly string[];
  /** Which labels are read of a file that has both, the true ones beside the predicted; by default the true ones. */
  side?: "gold" | "predicted";
}

const GOLD_FIELDS = ["gold", "gold_label"];
const PREDICTED_FIELDS = ["pred", "prediction", "predicted"];

/** Fields that hold labels: what a file of that side is read by, the first where it has several. `score` is the last: most are confidences. */
export function labelFields(side: LabelRowsOptions["side"] = "gold"): string[] {
  const [own, others] = side === "gold" ? [GOLD_FIELDS, PREDICTED_FIELDS] : [PREDICTED_FIELDS, GOLD_FIELDS];
  return [...own, "label", "labels", "letters", "class", "relation", ...others, "answer", "value", "score"];
}
