// What the labels of a model mean: which type, and whether an entity begins or ends there.

import { BiobertError } from "../../core/index.ts";

/** The labels of a head by number. */
export interface LabelScheme {
  readonly labels: readonly string[];
  /** Index into `types`, -1 for the outside label `O`. */
  readonly typeOf: Int32Array;
  /** 1 where a label always begins an entity (`B-`; `S-` under IOBES). */
  readonly begins: Uint8Array;
  /** 1 where a label always ends one (`E-` and `S-` under IOBES). */
  readonly ends: Uint8Array;
  readonly types: readonly string[];
}

/**
 * Reads a label list: `O`, `B-Type`, `I-Type`, under IOBES `E-Type` and `S-Type` too, and the same without a type,
 * for which `untyped` is given. A label in no such form is a type of its own and continues, as in `transformers`.
 * @throws BiobertError `label-scheme` for an empty list or a label that is there twice
 */
export function readLabelScheme(labels: readonly string[], untyped = "Entity"): LabelScheme {
  if (labels.length === 0) {
    throw new BiobertError({ code: "label-scheme", message: "the model has no labels" });
  }
  const repeated = labels.find((label, index) => labels.indexOf(label) !== index);
  if (repeated !== undefined) {
    throw new BiobertError({ code: "label-scheme", message: `the model has the label ${repeated} twice` });
  }
  // "E-" and "S-" are ends and singles only beside "B-": a model may have a type called "S-nitrosylation".
  const iobes = labels.some((label) => /^B(-|$)/.test(label)) && labels.some((label) => /^[ES](-|$)/.test(label));
  const pattern = iobes ? /^([BIES])(?:-(.*))?$/su : /^([BI])(?:-(.*))?$/su;
  const types: string[] = [];
  const typeOf = new Int32Array(labels.length).fill(-1);
  const begins = new Uint8Array(labels.length);
  const ends = new Uint8Array(labels.length);
  labels.forEach((label, index) => {
    if (label === "O") return;
    const match = pattern.exec(label);
    const type = match === null ? label : (match[2] ?? untyped);
    if (!types.includes(type)) types.push(type);
    typeOf[index] = types.indexOf(type);
    begins[index] = match !== null && (match[1] === "B" || match[1] === "S") ? 1 : 0;
    ends[index] = match !== null && (match[1] === "E" || match[1] === "S") ? 1 : 0;
  });
  return { labels, typeOf, begins, ends, types };
}
