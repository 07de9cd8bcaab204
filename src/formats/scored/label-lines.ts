// Labels in JSON lines: what `predict` writes (`id` with `label`, `labels`, `value` or `letters`), and files that are trained on. Each object
// becomes the row that a table would have.

import { linesOf } from "../lines.ts";
import { badInput, type FormatPlace, parseJson, recordOf } from "../reading.ts";
import { ID_NAME } from "../table.ts";
import { labelFields, type LabelRow, type LabelRowsOptions } from "./label-row.ts";

/** Whether a text is JSON rather than a table: its first line begins an object or an array. */
export function isJsonText(text: string): boolean {
  return /^\ufeff?\s*(?:\{\s*["}\n\r]|\[\s*[[{])/.test(text);
}

/**
 * Rows of JSON lines. A list of labels stays a list (`labels`), its `label` is the list in one cell. `column` is the name of the labels' field.
 * @throws BiobertError `input-format` with the line: no JSON object, no label, a label that is neither text, a number nor a list of these.
 */
export function parseLabelLines(text: string, { file, column, side }: LabelRowsOptions = {}): LabelRow[] {
  const fields = column === undefined ? labelFields(side) : [column];
  const place: FormatPlace = {
    file,
    hint: 'Each line is an object as `predict` writes it: {"id": "1", "label": "x"} or {"id": "1", "labels": ["x", "y"]}.',
  };
  const rows: LabelRow[] = [];
  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") continue;
    const record = recordOf(parseJson(content, place, line), place, { line });
    const names = Object.keys(record);
    const isGiven = (name: string): boolean => (record[name] ?? undefined) !== undefined;
    const found = fields.flatMap(
      (field) => names.find((name) => name === field || (column === undefined && name.toLowerCase() === field)) ?? [],
    );
    // A regression has no labels beside its value.
    const isEmpty = (name: string): boolean => Array.isArray(record[name]) && record[name].length === 0;
    const given = found.filter(isGiven);
    const name = given.find((each) => !isEmpty(each)) ?? given[0];
    if (name === undefined) {
      const wanted = column ?? "label, labels, letters";
      throw badInput(place, `no field ${wanted}; there are ${names.join(", ") || "none"}`, { line });
    }
    const value = record[name];
    const all: unknown[] = Array.isArray(value) ? value : [value];
    if (!all.every((one) => ["string", "number", "boolean"].includes(typeof one)))
      throw badInput(place, `the field "${name}" is neither text, a number nor a list of these`, { line });
    const labels = all.map((one) => String(one).trim());
    const id = record["id"] ?? record[names.find((each) => each !== name && ID_NAME.test(each)) ?? "id"];
    const hasId = typeof id === "string" || typeof id === "number";
    rows.push({
      ...(hasId ? { id: String(id).trim() } : {}),
      label: labels.join(";"),
      ...(Array.isArray(value) ? { labels } : {}),
      line,
    });
  }
  return rows;
}
