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
}

/** Fields that hold labels; where an object has several, the first of these. */
export const LABEL_FIELDS = [
  "label",
  "labels",
  "letters",
  "class",
  "relation",
  "gold",
  "gold_label",
  "pred",
  "prediction",
  "predicted",
  "answer",
  "value",
  "score",
];
