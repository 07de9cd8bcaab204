// Lists of any length.

import { expect, it } from "vitest";
import { addAll } from "../../src/core/index.ts";

it("appends more items than a call takes arguments", () => {
  const list = [-1];
  addAll(list, Array.from({ length: 200_000 }).keys());
  expect([list.length, list[0], list[1], list.at(-1)]).toEqual([200_001, -1, 0, 199_999]);
});
