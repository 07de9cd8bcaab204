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

/** What columns of ids are called. */
export const ID_NAME = /^(?:|index|guid|pmid|(?:.*_)?q?id)$/i;
