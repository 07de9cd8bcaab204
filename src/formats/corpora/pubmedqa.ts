// PubMedQA (Jin et al. 2019): {PMID: {QUESTION, CONTEXTS, LABELS, LONG_ANSWER, final_decision}}, and its test set {PMID: decision}.

import { arrayField, badInput, type FormatPlace, parseJson, recordOf, stringField } from "../reading.ts";

export type PubMedQaDecision = "yes" | "no" | "maybe";

export interface PubMedQaItem {
  pmid: string;
  question: string;
  contexts: string[];
  /** The heading of each context, such as BACKGROUND. */
  sections: string[];
  longAnswer: string;
  /** Absent where the file has none. */
  decision?: PubMedQaDecision;
}

const DECISIONS: readonly string[] = ["yes", "no", "maybe"];
const HINT =
  'A PubMedQA file is {"PMID": {"QUESTION", "CONTEXTS": [], "LONG_ANSWER", "final_decision": yes|no|maybe}}.';

/** Items whose decisions are all there. */
export type DecidedPubMedQaItem = PubMedQaItem & { decision: PubMedQaDecision };

/**
 * Reads the items in the order of the file, which the official split depends on. `unlabelled` takes items without a decision.
 * @throws BiobertError `input-format`; a question without context, an unknown decision, and none unless it may be missing.
 */
export function parsePubMedQa(text: string, options?: { file?: string; unlabelled?: false }): DecidedPubMedQaItem[];
export function parsePubMedQa(text: string, options: { file?: string; unlabelled?: boolean }): PubMedQaItem[];
export function parsePubMedQa(text: string, options: { file?: string; unlabelled?: boolean } = {}): PubMedQaItem[] {
  const place: FormatPlace = { file: options.file, hint: HINT };
  return entriesInOrder(text, place).map(([pmid, value]) => {
    const where = { name: pmid };
    const record = recordOf(value, place, where);
    const contexts = arrayField(record, "CONTEXTS", place, where).map(String);
    if (contexts.every((context) => context.trim() === "")) throw badInput(place, "a question without context", where);
    const isOpen = options.unlabelled === true && (record["final_decision"] ?? null) === null;
    const decision = isOpen ? undefined : stringField(record, "final_decision", place, where);
    if (decision !== undefined && !DECISIONS.includes(decision))
      throw badInput(place, `the decision ${JSON.stringify(decision)} is none of ${DECISIONS.join(", ")}`, where);
    return {
      pmid,
      question: stringField(record, "QUESTION", place, where),
      contexts,
      sections: arrayField(record, "LABELS", place, where).map(String),
      longAnswer: typeof record["LONG_ANSWER"] === "string" ? record["LONG_ANSWER"] : "",
      ...(decision === undefined ? {} : { decision: decision as PubMedQaDecision }),
    };
  });
}

/** Reads the official test set: PMIDs with their decisions. @throws BiobertError `input-format`. */
export function parsePubMedQaTruth(text: string, options: { file?: string } = {}): Map<string, PubMedQaDecision> {
  const place: FormatPlace = { file: options.file, hint: 'The test set is {"PMID": "yes" | "no" | "maybe"}.' };
  return new Map(
    entriesInOrder(text, place).map(([pmid, decision]) => {
      if (!DECISIONS.includes(String(decision)))
        throw badInput(place, `the decision ${JSON.stringify(decision)} is none of ${DECISIONS.join(", ")}`, {
          name: pmid,
        });
      return [pmid, decision as PubMedQaDecision];
    }),
  );
}

/**
 * The entries of a JSON object in the order they are written: JavaScript would sort PMIDs by number. Keys are found at the top level
 * of the text; their values are what JSON.parse says.
 */
function entriesInOrder(text: string, place: FormatPlace): [string, unknown][] {
  const record = recordOf(parseJson(text, place), place);
  const order: string[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      let end = at + 1;
      while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      if (depth === 1 && /^\s*:/.test(text.slice(end + 1, end + 20)))
        order.push(JSON.parse(text.slice(at, end + 1)) as string);
      at = end;
    }
  }
  const seen = new Set<string>();
  for (const key of order) {
    if (seen.has(key)) throw badInput(place, "an id that has come before", { name: key });
    seen.add(key);
  }
  return order.map((key) => [key, record[key]]);
}
