// The gradient of a slice along an axis whose size is known only when the graph runs: the pooler's first token.

import { expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { Random } from "../../src/core/index.ts";
import { Graph, reduceSum, slice } from "../../src/graph/index.ts";
import { checkEngine, checkGradients, type Case } from "./support.ts";

it("puts one element back in its place, in the interpreter and in the engine", async () => {
  for (const place of [0, 2]) {
    const test: Case = {
      name: `slice at ${place}`,
      leaves: [{ name: "x", shape: ["batch", "sequence", 2], dims: [2, 4, 2] }],
      build: (x) => slice(x!, 1, place, place + 1),
    };
    checkGradients(test, new Random(1, place));
    await checkEngine(test, new Random(2, place));
  }
});

it("says so where a wider range has no gradient", () => {
  const graph = new Graph("wide");
  const x = graph.input("x", "float32", ["batch", "sequence"]);
  const loss = reduceSum(slice(x, 1, 0, 2), [0, 1]);
  expect(() => gradients(loss, [x])).toThrowError(
    expect.objectContaining({ code: "gradient-missing", message: expect.stringContaining("slice") }),
  );
});
