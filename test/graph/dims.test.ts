// Dimensions: products in one spelling, resolved to numbers, and NumPy's broadcast.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { broadcastShapes, multiplyDims, resolveDim, resolveShape, sameShape, type Dim } from "../../src/graph/index.ts";

const dim: fc.Arbitrary<Dim> = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc
    .array(fc.constantFrom("batch", "sequence", "heads", "2", "3"), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("*")),
);
const sizes = new Map([
  ["batch", 5],
  ["sequence", 7],
  ["heads", 11],
]);

describe("multiplyDims", () => {
  it("spells equal products alike, in any order and grouping", () => {
    fc.assert(
      fc.property(dim, dim, dim, (a, b, c) => {
        const product = multiplyDims(a, b, c);
        expect(multiplyDims(c, a, b)).toBe(product);
        expect(multiplyDims(a, multiplyDims(c, b))).toBe(product);
        expect(multiplyDims(product)).toBe(product);
      }),
    );
  });

  it("means the product of the numbers", () => {
    fc.assert(
      fc.property(dim, dim, (a, b) => {
        expect(resolveDim(multiplyDims(a, b), sizes)).toBe(resolveDim(a, sizes) * resolveDim(b, sizes));
      }),
    );
  });

  it("spells as written here", () => {
    expect(multiplyDims("sequence", 2, "batch", 3)).toBe("6*batch*sequence");
    expect(multiplyDims(2, 3)).toBe(6);
    expect(multiplyDims()).toBe(1);
    expect(multiplyDims("batch", 0)).toBe(0);
  });
});

describe("resolveShape", () => {
  it("gives numbers, and names the dimension that has none", () => {
    expect(resolveShape([2, "batch*sequence", "3*heads"], sizes)).toEqual([2, 35, 33]);
    expect(() => resolveShape(["batch*layers"], sizes)).toThrowError(
      expect.objectContaining({ code: "graph-invalid", message: expect.stringContaining('"layers"') }),
    );
  });
});

describe("broadcastShapes", () => {
  it("aligns from the right and stretches ones, symbolic sizes too", () => {
    expect(broadcastShapes(["batch", 1, 4], ["sequence", 1], "add")).toEqual(["batch", "sequence", 4]);
    expect(broadcastShapes([], [2, 3], "add")).toEqual([2, 3]);
    fc.assert(
      fc.property(fc.array(dim, { maxLength: 4 }), (shape) => {
        const ones = shape.map((): Dim => 1);
        expect(sameShape(broadcastShapes(shape, ones, "add"), shape)).toBe(true);
        expect(sameShape(broadcastShapes(ones.slice(1), shape, "add"), shape)).toBe(true);
        expect(sameShape(broadcastShapes(shape, shape, "add"), shape)).toBe(true);
      }),
    );
  });

  it("refuses sizes that differ or that cannot be known to be equal", () => {
    for (const [a, b] of [
      [[2, 3], [2]],
      [["batch"], ["sequence"]],
      [["batch"], [4]],
    ] as [Dim[], Dim[]][]) {
      expect(() => broadcastShapes(a, b, "add")).toThrowError(
        expect.objectContaining({
          code: "graph-invalid",
          message: `add: shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`,
        }),
      );
    }
  });
});
