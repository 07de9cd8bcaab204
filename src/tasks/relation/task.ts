// Relations as BioBERT reads them (Lee et al. 2020, section 3.3): a sentence in which the two entities are anonymised
// (`@GENE$`, `@DISEASE$`) gets a class. Scores are over the classes that are a relation.

import { z } from "zod";
import { headOf } from "../../bert/index.ts";
import { BiobertError, type Warning } from "../../core/index.ts";
import { accuracyOf, confusionCounts, scoreConfusion } from "../../metrics/index.ts";
import { confusionErrors, decodeLabels, type LabelPrediction } from "../classification/index.ts";
import { option } from "../options.ts";
import { cutWarning, encodeTexts } from "../sequences.ts";
import {
  idOfRow,
  readRows,
  repeatedIds,
  requireLabels,
  rowError,
  sortedLabels,
  textField,
  type ColumnNames,
} from "../tables.ts";
import { classTargets, IGNORED_LABEL } from "../targets.ts";
import type { EncodedInput, OptionsOf, TaskDefinition, TaskExample } from "../task.ts";

export interface RelationExample extends TaskExample {
  /** The sentence, its two entities anonymised. */
  text: string;
  /** The gold class, alone in the list. */
  labels?: readonly [string];
}

export interface RelationInput extends EncodedInput {
  gold: number;
}

const options = {
  scored: option(
    z.array(z.string().min(1)).min(1).optional(),
    "the classes that are a relation (default: all but 0, false, none and the like)",
    {
      when: "always",
      placeholder: "CLASS",
    },
  ),
};

export type RelationOptions = OptionsOf<typeof options>;

/** Classes that say that there is no relation, in lower case, as the corpora's releases write them. */
const NO_RELATION = new Set([
  "0",
  "false",
  "none",
  "no",
  "na",
  "negative",
  "other",
  "ddi-false",
  "cpr:0",
  "no_relation",
  "no relation",
  "not",
]);

/**
 * The classes that count as a relation.
 * @throws BiobertError `usage` where one is asked for that the model does not have, or none is left.
 */
export function scoredClasses(labels: readonly string[], scored: readonly string[] | undefined): string[] {
  const unknown = scored?.find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    throw new BiobertError({
      code: "usage",
      message: `--scored ${unknown} is not a class`,
      hint: `Classes: ${labels.join(", ")}.`,
    });
  }
  const found = labels.filter((label) =>
    scored === undefined ? !NO_RELATION.has(label.toLowerCase()) : scored.includes(label),
  );
  if (found.length > 0) return found;
  throw new BiobertError({
    code: "usage",
    message: `none of the classes ${labels.join(", ")} is a relation`,
    hint: "Say which ones are: --scored CLASS...",
  });
}

const COLUMNS: ColumnNames = {
  fields: { text: ["sentence", "text"], label: ["label", "class", "relation"], id: ["index", "id"] },
  required: ["text", "label"],
  layouts: { 2: ["text", "label"], 3: ["id", "text", "label"] },
};

const UNLABELLED: ColumnNames = { ...COLUMNS, required: ["text"], layouts: { 1: ["text"], ...COLUMNS.layouts } };

/** An anonymised entity, as `@GENE$`. */
const MARKER = /@[A-Za-z][\w-]*\$/g;

function markerWarnings(examples: readonly RelationExample[]): Warning[] {
  const lacking = examples.filter(({ text }) => (text.match(MARKER)?.length ?? 0) < 2);
  const [first] = lacking;
  if (first === undefined) return [];
  const message = `${lacking.length} of ${examples.length} sentences, this one first, have fewer than two entities written as @GENE$; they are read as they are`;
  return [{ code: "relation-markers", message, place: { file: first.file, line: first.line } }];
}

/** Relation extraction from sentences with anonymised entities. */
export const relationTask: TaskDefinition<RelationOptions, RelationExample, RelationInput, LabelPrediction> = {
  name: "relation",
  summary: "the relation of two entities in a sentence where they are anonymised (@GENE$)",
  files:
    "TSV of sentence, label or of index, sentence, label, with or without a header (GAD, EU-ADR, ChemProt, DDI as BioBERT and BLURB prepare them), CSV (.csv) or JSON lines (.jsonl)",
  unit: "sentences",
  options,
  architecture: "BertForSequenceClassification",
  maxLength: 128,

  async read(files, _options, gold) {
    const rows: Awaited<ReturnType<typeof readRows>> = [];
    // Each file has a layout of its own: GAD's test files have a header and an index, its training files neither.
    for (const file of files) for (const row of await readRows([file], gold ? COLUMNS : UNLABELLED)) rows.push(row);
    const examples = rows.map((row): RelationExample => {
      const label = gold ? textField(row, "label") : undefined;
      if (gold && label === undefined) throw rowError(row, "the label is missing");
      return {
        id: idOfRow(row),
        file: row.file,
        line: row.line,
        text: textField(row, "text")!,
        ...(label === undefined ? {} : { labels: [label] }),
      };
    });
    return { examples, warnings: [...repeatedIds(examples), ...markerWarnings(examples)] };
  },

  labels(examples, { scored }) {
    const labels = sortedLabels(examples.flatMap((example) => example.labels ?? []));
    scoredClasses(labels, scored);
    return labels;
  },

  requireKnownLabels: (examples, { labels }) => requireLabels(examples, labels),

  encode(examples, { tokenizer, maxLength, labels, files }) {
    let cut = 0;
    const inputs = examples.map(({ text, labels: own }, example): RelationInput => {
      const sequence = encodeTexts(tokenizer, text, undefined, maxLength);
      if (sequence.cut) cut++;
      return { example, sequences: [sequence], gold: own === undefined ? IGNORED_LABEL : labels.indexOf(own[0]) };
    });
    return { inputs, warnings: cutWarning(cut, "sentences", maxLength, files) };
  },

  classOf: ({ gold }) => gold,

  head({ labels }) {
    const description = { architecture: "BertForSequenceClassification", labels, problem: "single-label" } as const;
    return { ...description, head: headOf(description) };
  },

  targets: (inputs) => classTargets(inputs.map(({ gold }) => gold)),

  decode: (results, _inputs, _examples, { labels }) =>
    results.map(({ logits }) => decodeLabels(logits!, labels, { problem: "single-label", threshold: 0 })),

  confidences: ({ examples, predictions }) =>
    predictions.map(({ labels: [label], scores }, i) => ({
      confidence: scores![label!]!,
      right: examples[i]!.labels?.[0] === label,
    })),

  score(examples, predictions, { labels, options: { scored } }) {
    const relations = scoredClasses(labels, scored);
    const gold = examples.map(({ labels: own }) => labels.indexOf(own![0]));
    const found = predictions.map(({ labels: [label] }) => labels.indexOf(label!));
    const confusion = confusionCounts(gold, found, labels.length);
    const { micro, macroF1, byLabel } = scoreConfusion(confusion, labels, relations);
    const all = scoreConfusion(confusion, labels);
    const negatives = labels.flatMap((label, i) => (relations.includes(label) ? [] : [i]));
    const specificity = specificityOf(confusion, negatives);
    return {
      protocol: "relation-scored-classes",
      metrics: {
        precision: micro.precision,
        recall: micro.recall,
        f1: micro.f1,
        macroF1,
        ...(specificity === undefined ? {} : { specificity }),
        accuracy: accuracyOf(confusion),
        allClassMacroF1: all.macroF1,
      },
      selection: "f1",
      byLabel,
      confusion: { labels, counts: confusion },
      errors: confusionErrors(
        confusion,
        labels,
        gold,
        found,
        examples.map(({ text }) => text),
      ),
      counts: { sentences: examples.length, relations: micro.goldCount },
    };
  },

  toJson: (_example, { labels: [label], scores }) => ({ label, scores }),

  show: ({ text, labels: own }, { labels: [label] }) => ({
    text,
    gold: own?.[0] ?? "",
    predicted: label!,
    right: own?.[0] === label,
  }),
};

/** Percent of the sentences without a relation in which none was predicted; undefined where there is no such sentence. */
function specificityOf(confusion: readonly (readonly number[])[], negatives: readonly number[]): number | undefined {
  let [rejected, all] = [0, 0];
  for (const gold of negatives) {
    confusion[gold]!.forEach((count, predicted) => {
      all += count;
      if (negatives.includes(predicted)) rejected += count;
    });
  }
  return all === 0 ? undefined : (100 * rejected) / all;
}
