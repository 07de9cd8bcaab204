// Dropout whose masks come from a counter: hash(seed, step, site, example, position). Resuming a run, splitting its
// batches or recomputing an activation sees the same masks, on any number of threads (after Salmon et al. 2011).
//
// A full hash of every element would cost more than the matrix products around it. So each row (an example's token, or
// its attention query) and each column gets a fully mixed odd 32-bit word, and an element's bits are the product of its
// two words: for one row, distinct columns give independent words; the high bits decide.

import { hash32 } from "../core/index.ts";
import {
  add,
  bitwiseXor,
  iota,
  less,
  multiply,
  multiplyDims,
  reshape,
  scalar,
  select,
  shiftRight,
  softmaxDropout,
  type Dim,
  type Graph,
  type Value,
} from "../graph/index.ts";

/** What the masks of one training step depend on, and the count of places in the model that drop. */
export class DropoutSource {
  private sites = 0;
  private words: Value | undefined;

  constructor(
    /** uint32 scalar: hash of seed and step. */
    readonly stepKey: Value,
    /** uint32 `[batch]`: the index of each example in its corpus. */
    readonly exampleIds: Value,
    readonly batch: Dim,
    readonly sequence: Dim,
  ) {}

  /** A number for the next place, so that no two share masks. */
  nextSite(): number {
    return this.sites++;
  }

  /** A word for each example's token, `[batch, sequence]`, made once and mixed further at each place. */
  get tokenWords(): Value {
    if (this.words === undefined) {
      const graph = this.stepKey.graph;
      const examples = mix(reshape(this.exampleIds, [this.batch, 1]));
      const positions = multiply(iota(graph, this.sequence, "uint32"), word(graph, 0x9e3779b1));
      this.words = mix(bitwiseXor(examples, positions));
    }
    return this.words;
  }
}

function word(graph: Graph, value: number): Value {
  return scalar(graph, value >>> 0, "uint32");
}

/** Murmur3's 32-bit finaliser, as `mix32` in core/, in the graph. */
function mix(x: Value): Value {
  const graph = x.graph;
  const first = multiply(bitwiseXor(x, shiftRight(x, word(graph, 16))), word(graph, 0x85ebca6b));
  const second = multiply(bitwiseXor(first, shiftRight(first, word(graph, 13))), word(graph, 0xc2b2ae35));
  return bitwiseXor(second, shiftRight(second, word(graph, 16)));
}

/** The smallest odd number not below x, so that multiplying by it loses nothing modulo 2^32. */
function odd(x: Value): Value {
  const graph = x.graph;
  return bitwiseXor(x, bitwiseXor(word(graph, 1), shiftRight(multiply(x, word(graph, 0x80000000)), word(graph, 31))));
}

export class Dropout {
  constructor(
    readonly source: DropoutSource,
    readonly rate: number,
  ) {}

  /** What kept values must be multiplied with: 1 / (1 - rate). Callers fold it into a product they make anyway. */
  get factor(): number {
    return 1 / (1 - this.rate);
  }

  /** Zeroes elements of `x` `[batch*sequence, width]`; the caller scales by `factor`. */
  tokens(x: Value): Value {
    return this.rows(x, this.source.tokenWords);
  }

  /** Zeroes elements of `x` `[batch, width]`, one row an example; the caller scales by `factor`. */
  examples(x: Value): Value {
    return this.rows(x, mix(this.source.exampleIds));
  }

  /** Softmax of scores `[batch, heads, sequence, sequence]` with elements zeroed; the caller scales by `factor`. */
  attentionSoftmax(scores: Value): Value {
    const { tokenWords, batch, sequence } = this.source;
    const key = this.siteKey();
    const heads = scores.shape[1] as number;
    const headWords = mix(bitwiseXor(reshape(iota(scores.graph, heads, "uint32"), [heads, 1]), key));
    const rows = odd(mix(bitwiseXor(reshape(tokenWords, [batch, 1, sequence]), headWords)));
    const keep = this.keep(key, reshape(rows, [batch, heads, sequence, 1]), sequence);
    return softmaxDropout(scores, keep).dropped;
  }

  /** Zeroes elements of `x`, given a word for each of its rows. */
  private rows(x: Value, words: Value): Value {
    const key = this.siteKey();
    const rows = odd(mix(bitwiseXor(words, key)));
    const keep = this.keep(key, reshape(rows, [x.shape[0]!, 1]), x.shape[1]!);
    return select(keep, x, scalar(x.graph, 0));
  }

  private siteKey(): Value {
    const { stepKey } = this.source;
    return mix(bitwiseXor(stepKey, word(stepKey.graph, hash32(0x5eed, this.source.nextSite()))));
  }

  /** Which elements stay, bool. */
  private keep(key: Value, rows: Value, width: Dim): Value {
    const graph = key.graph;
    const columns = odd(mix(add(multiply(iota(graph, width, "uint32"), word(graph, 0x9e3779b1)), key)));
    const lastDropped = word(graph, Math.max(1, Math.round(this.rate * 0x100000000)) - 1);
    return less(lastDropped, multiply(rows, columns));
  }
}

/**
 * The inputs a graph with dropout takes beside its batch: `dropoutKey` and `exampleIds` `[batch]`. Where an example is
 * several sequences (`parts`, such as the choices of a question), each of them has masks of its own.
 */
export function dropoutInputs(graph: Graph, batch: Dim, sequence: Dim, parts?: Dim): DropoutSource {
  const stepKey = graph.input("dropoutKey", "uint32", []);
  const ids = graph.input("exampleIds", "uint32", [batch]);
  if (parts === undefined) return new DropoutSource(stepKey, ids, batch, sequence);
  const rows = multiplyDims(batch, parts);
  const numbers = multiply(iota(graph, parts, "uint32"), word(graph, 0x9e3779b1));
  const words = mix(bitwiseXor(mix(reshape(ids, [batch, 1])), numbers));
  return new DropoutSource(stepKey, reshape(words, [rows]), rows, sequence);
}

/** The step's key for `dropoutKey`. */
export function dropoutKey(seed: number, step: number): number {
  return hash32(seed, step, 0xd20);
}
