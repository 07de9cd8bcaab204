// Relations as BioBERT reads them (Lee et al. 2020, section 3.3): a sentence in which the two entities are anonymised
// (`@GENE$`, `@DISEASE$`) gets a class. Scores are over the classes that are a relation.

import { z } from "zod";
import { headOf } from "../../bert/index.ts";
import { BiobertError, type Warning } from "../../core/index.ts";
import { scoreClassification, scoreRelations } from "../../metrics/index.ts";
import { confusions, decodeLabels, type LabelPrediction } from "../classification/index.ts";
import { itemIds } from "../items.ts";
import { option } from "../options.ts";
import { cutWarning } from "../sequences.ts";
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
import type { OptionsOf, TaskDefinition } from "../task.ts";
import { documentScores, requireDocuments } from "./documents.ts";
import type { RelationExample, RelationInput } from "./examples.ts";
import { encodeRelation, hiddenPair, markersOf } from "./markers.ts";

const PAIR = z.string().regex(/^[^,\s]+,[^,\s]+$/, "Expected two names with a comma between, such as CHEMICAL,GENE.");
const COUNT = z.string().regex(/^.+=\d+$/su, "Expected a class and a number, such as CPR:3=12.");

const options = {
  scored: option(
    z.array(z.string().min(1)).min(1).optional(),
    "the classes that are a relation (default: all but 0, false, none and the like)",
    {
      when: "always",
      placeholder: "CLASS",
    },
  ),
  pairs: option(
    z.array(PAIR).min(1).optional(),
    "the pairs of types that the model is for, as CHEMICAL,GENE (default: those of the markers in the training data)",
    { when: "training", placeholder: "A,B" },
  ),
  cut: option(
    z.enum(["pair", "end"]).default("pair"),
    "what is read of a text that is too long: the part around its two entities, or its start, as BERT and BioBERT do",
    { when: "training", placeholder: "WHERE" },
  ),
  missedGold: option(
    z.array(COUNT).min(1).optional(),
    "gold relations that no example stands for, such as those between two sentences, as CPR:3=12: F1 with them as missed is given beside",
    { when: "always", placeholder: "CLASS=N" },
  ),
  byDocument: option(
    z.boolean().default(false),
    "score documents as well, as BioRED is: (pair, class), by the columns document_id, first and second",
    { when: "always" },
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
  fields: {
    text: ["sentence", "text"],
    label: ["label", "class", "relation"],
    id: ["index", "id"],
    document: ["document_id", "documentid", "document"],
    first: ["first", "entity1", "arg1"],
    second: ["second", "entity2", "arg2"],
  },
  required: ["text", "label"],
  layouts: { 2: ["text", "label"], 3: ["id", "text", "label"] },
};

const UNLABELLED: ColumnNames = {
  ...COLUMNS,
  required: ["text"],
  layouts: { 1: ["text"], ...COLUMNS.layouts },
  // Two columns are sentence and label, or an index and a sentence: no sentence is a number, and entities stand in the sentence.
  layoutOf(table) {
    if (table.some(({ cells }) => cells.length !== 2)) return undefined;
    const isIndex = table.every(({ cells: [first] }) => /^\s*\d+\s*$/.test(first!));
    const isSecond = table.every(({ cells: [first, second] }) => !hasPair(first!) && hasPair(second!));
    return isIndex || isSecond ? ["id", "text"] : undefined;
  },
};

function hasPair(text: string): boolean {
  return markersOf(text).length > 1;
}

function markerWarnings(examples: readonly RelationExample[]): Warning[] {
  const lacking = examples.filter(({ text }) => markersOf(text).length < 2);
  const [first] = lacking;
  if (first === undefined) return [];
  const message = `${lacking.length} of ${examples.length} sentences, this one first, have fewer than two entities written as @TYPE$ (such as @GENE$); they are read as they are`;
  return [{ code: "relation-markers", message, place: { file: first.file, line: first.line } }];
}

/** Relation extraction from sentences with anonymised entities. */
export const relationTask: TaskDefinition<RelationOptions, RelationExample, RelationInput, LabelPrediction> = {
  name: "relation",
  summary: "the relation of two entities in a sentence where they are anonymised (@GENE$)",
  files:
    "TSV of sentence, label or of index, sentence, label, with or without a header (GAD, EU-ADR, ChemProt, DDI as BioBERT and BLURB prepare them), CSV (.csv) or JSON lines (.jsonl)",
  unit: "sentences",
  ofDocuments: true,
  options,
  architecture: "BertForSequenceClassification",
  maxLength: 128,

  async read(files, _options, gold) {
    const warnings: Warning[] = [];
    // Each file has a layout of its own: GAD's test files have a header and an index, its training files neither.
    const rows = await readRows(files, gold ? COLUMNS : UNLABELLED, (warning) => void warnings.push(warning));
    const examples = rows.map((row): RelationExample => {
      const label = gold ? textField(row, "label") : undefined;
      if (gold && label === undefined) throw rowError(row, "the label is missing");
      const [documentId, first, second] = ["document", "first", "second"].map((name) => textField(row, name));
      return {
        id: idOfRow(row),
        file: row.file,
        line: row.line,
        text: textField(row, "text")!,
        ...(documentId === undefined ? {} : { documentId }),
        ...(first === undefined ? {} : { first }),
        ...(second === undefined ? {} : { second }),
        ...(label === undefined ? {} : { labels: [label] }),
      };
    });
    return { examples, warnings: [...warnings, ...repeatedIds(examples), ...markerWarnings(examples)] };
  },

  settle(examples, given) {
    if (given.pairs !== undefined) return given;
    const found = new Set(examples.flatMap(({ text }) => hiddenPair(text)?.join(",") ?? []));
    return found.size === 0 ? given : { ...given, pairs: [...found].sort() };
  },

  labels(examples, { scored }) {
    const labels = sortedLabels(examples.flatMap((example) => example.labels ?? []));
    scoredClasses(labels, scored);
    return labels;
  },

  requireKnownLabels(examples, { labels, options: { byDocument } }) {
    requireLabels(examples, labels);
    // Before anything is trained or run.
    if (byDocument) requireDocuments(examples);
  },

  encode(examples, { tokenizer, maxLength, labels, files, options: { cut: cutAt } }) {
    let cut = 0;
    const inputs = examples.map(({ text, labels: own }, example): RelationInput => {
      const sequence = encodeRelation(tokenizer, text, maxLength, cutAt);
      if (sequence.cut) cut++;
      return { example, sequences: [sequence], gold: own === undefined ? IGNORED_LABEL : labels.indexOf(own[0]) };
    });
    return {
      inputs,
      warnings: cutWarning(
        cut,
        "sentences",
        maxLength,
        files,
        `and cut ${cutAt === "pair" ? "around the pair" : "at the end"}`,
      ),
    };
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

  score(examples, predictions, { labels, options: { scored, missedGold = [], byDocument } }) {
    const relations = scoredClasses(labels, scored);
    const gold = examples.map(({ labels: own }) => own![0]);
    const found = predictions.map(({ labels: [label] }) => label!);
    const missed = missedCounts(missedGold, labels);
    const { micro, microWithMissedGold, macro } = scoreRelations(gold, found, {
      classes: relations,
      missedGold: missed,
    });
    const { accuracy, macro: all, byLabel } = scoreClassification(gold, found, { labels });
    const { counts: table, errors } = confusions(gold, found, labels, (i) => examples[i]!.text);
    const isRelation = (label: string): boolean => relations.includes(label);
    const specificity = specificityOf(gold, found, isRelation);
    const missedCount = relations.reduce((sum, label) => sum + (missed[label] ?? 0), 0);
    const documents = byDocument ? documentScores(examples, found, relations, missedCount) : undefined;
    return {
      protocol: "relation-scored-classes",
      metrics: {
        precision: micro.precision,
        recall: micro.recall,
        f1: micro.f1,
        ...(microWithMissedGold === undefined
          ? {}
          : { recallWithMissedGold: microWithMissedGold.recall, f1WithMissedGold: microWithMissedGold.f1 }),
        macroF1: macro.f1,
        ...(specificity === undefined ? {} : { specificity }),
        accuracy,
        allClassMacroF1: all.f1,
        ...documents?.metrics,
      },
      selection: "f1",
      byLabel,
      confusion: { labels, counts: table },
      errors,
      counts: {
        sentences: examples.length,
        relations: micro.goldCount,
        ...(missedCount === 0 ? {} : { missedRelations: missedCount }),
        ...documents?.counts,
      },
    };
  },

  items(examples, predictions, { labels, options: { scored } }) {
    const relations = scoredClasses(labels, scored);
    const pairs = examples.map(({ labels: own }, i) => [own![0], predictions[i]!.labels[0]!] as const);
    const isRelation = (label: string): number => Number(relations.includes(label));
    const values = pairs.map(([gold, found]) => [
      isRelation(gold),
      isRelation(found),
      gold === found ? isRelation(gold) : 0,
    ]);
    const metrics = {
      f1: { statistic: "micro-f1" as const, values },
      accuracy: {
        statistic: "mean-percent" as const,
        values: pairs.map(([gold, found]) => [1, Number(gold === found)]),
      },
    };
    return [{ unit: "sentences", ids: itemIds(examples), metrics }];
  },

  toJson: (_example, { labels: [label], scores }) => ({ label, scores }),

  show: ({ text, labels: own }, { labels: [label] }) => ({
    text,
    gold: own?.[0] ?? "",
    predicted: label!,
    right: own?.[0] === label,
  }),
};

/** Numbers of gold relations that no example stands for, by class. @throws BiobertError `usage` for a class that there is not. */
function missedCounts(missedGold: readonly string[], labels: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    missedGold.map((text) => {
      const [, label, count] = /^(.+)=(\d+)$/su.exec(text)!;
      if (labels.includes(label!)) return [label!, Number(count)];
      throw new BiobertError({
        code: "usage",
        message: `--missed-gold ${text}: ${label} is not a class`,
        hint: `Classes: ${labels.join(", ")}.`,
      });
    }),
  );
}

/** Percent of the sentences without a relation in which none was predicted; undefined where there is no such sentence. */
function specificityOf(
  gold: readonly string[],
  found: readonly string[],
  isRelation: (label: string) => boolean,
): number | undefined {
  const negatives = found.filter((_, i) => !isRelation(gold[i]!));
  if (negatives.length === 0) return undefined;
  return (100 * negatives.filter((label) => !isRelation(label)).length) / negatives.length;
}
