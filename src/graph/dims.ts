// Dimensions of graph values: a number, or a symbolic product such as "batch*sequence" or "2*batch".
// Products are kept in one canonical spelling, so that equal dimensions are equal strings.

import { BiobertError } from "../core/index.ts";

/** A size known when the graph is built (number) or when it runs (a product of named sizes). */
export type Dim = number | string;
export type Shape = readonly Dim[];

interface Monomial {
  factor: number;
  names: string[];
}

function parse(dim: Dim): Monomial {
  if (typeof dim === "number") return { factor: dim, names: [] };
  const monomial: Monomial = { factor: 1, names: [] };
  for (const part of dim.split("*")) {
    if (/^\d+$/.test(part)) monomial.factor *= Number(part);
    else monomial.names.push(part);
  }
  return monomial;
}

function format({ factor, names }: Monomial): Dim {
  if (names.length === 0) return factor;
  const sorted = [...names].sort();
  return factor === 1 ? sorted.join("*") : [String(factor), ...sorted].join("*");
}

/** The product of dimensions, canonical. */
export function multiplyDims(...dims: Dim[]): Dim {
  const product: Monomial = { factor: 1, names: [] };
  for (const dim of dims) {
    const { factor, names } = parse(dim);
    product.factor *= factor;
    product.names.push(...names);
  }
  return product.factor === 0 ? 0 : format(product);
}

/** The names that a dimension is a product of, with repetition. */
export function dimNames(dim: Dim): string[] {
  return parse(dim).names;
}

/** The number a dimension is multiplied with. */
export function dimFactor(dim: Dim): number {
  return parse(dim).factor;
}

/** Whether two shapes are equal, dimension by dimension. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** A shape as it is printed: `[batch, 3]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * The NumPy broadcast of two shapes; symbolic dimensions must be equal or meet a 1.
 * @throws BiobertError `graph-invalid` naming the operator when the shapes do not fit.
 */
export function broadcastShapes(a: Shape, b: Shape, operator: string): Dim[] {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) result.push(left);
    else if (left === 1) result.push(right);
    else {
      throw new BiobertError({
        code: "graph-invalid",
        message: `${operator}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`,
        place: { name: operator },
      });
    }
  }
  return result;
}

/**
 * The number that a dimension stands for once its names are bound.
 * @throws BiobertError `graph-invalid` for a name without a size.
 */
export function resolveDim(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  const { factor, names } = parse(dim);
  return names.reduce((product, name) => {
    const size = sizes.get(name);
    if (size === undefined) {
      throw new BiobertError({ code: "graph-invalid", message: `no input gives the size of dimension "${name}"` });
    }
    return product * size;
  }, factor);
}

/** Every dimension of a shape as a number; throws as `resolveDim`. */
export function resolveShape(shape: Shape, sizes: ReadonlyMap<string, number>): number[] {
  return shape.map((dim) => resolveDim(dim, sizes));
}
