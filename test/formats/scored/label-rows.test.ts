// Labels of table cells: one, several, none, or HoC's numbered flags.

import { expect, it } from "vitest";
import { labelsOfCell } from "../../../src/formats/index.ts";

it.each([
  ["0_0,1_1,10_1", ["1", "10"]],
  ["0_0,1_0", []],
  ["none", []],
  ["a; b|c, a", ["a", "b", "c"]],
  // Names that end as a flag does are names.
  ["grade_1", ["grade_1"]],
  ["grade_0", ["grade_0"]],
  ["CD4_1,CD8_0", ["CD4_1", "CD8_0"]],
  ["1_1,grade_0", ["1_1", "grade_0"]],
])("reads %s", (cell, labels) => {
  expect(labelsOfCell(cell)).toEqual(labels);
});
