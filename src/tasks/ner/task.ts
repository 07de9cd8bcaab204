// Named entity recognition as a task: tagged words in, a tag for each word out, exact entities as conlleval counts them.

import { z } from "zod";
import { headOf } from "../../bert/index.ts";
import { BiobertError } from "../../core/index.ts";
import { readNerCorpus, requireKnownLabels, type NerSentence } from "../../data/index.ts";
import { checkLabels } from "../../formats/index.ts";
import { entitiesOf, entityItems, scoreEntities, type TaggedEntity } from "../../metrics/index.ts";
import { softmax } from "../classification/decode.ts";
import { itemIds } from "../items.ts";
import { option } from "../options.ts";
import { tokenTargets } from "../targets.ts";
import type { EncodedInput, OptionsOf, TaskContext, TaskDefinition } from "../task.ts";
import { cutSentencesWarning, encodeSentences, typedTag, type NerExample } from "./examples.ts";

/** A sentence of words; `tags` are as the file has them, none where it has none. */
export interface NerTaskExample extends NerSentence {
  id: string;
}

export interface NerInput extends EncodedInput, NerExample {}

const options = {
  type: option(
    z.string().trim().min(1, "Expected a name, such as Disease.").optional(),
    "the type that tags without one (B, I, O) mean",
    {
      when: "training",
      placeholder: "NAME",
    },
  ),
};

export type NerOptions = OptionsOf<typeof options>;

/** What the confusion table of types counts. */
export const CONFUSED_TYPES = "Entities by their types: those that overlap are a pair, whatever their ends.";

/** What a tag without a type is called where nothing says. */
const UNTYPED = "Entity";

/** A sentence's tags as the head names them: those without a type are of its one type, or of the one that was said. */
export function goldTags(
  { tags }: Pick<NerTaskExample, "tags">,
  { labels, options: { type } }: TaskContext<NerOptions>,
): string[] {
  const types = new Set(
    labels.filter((label) => label.includes("-")).map((label) => label.slice(label.indexOf("-") + 1)),
  );
  const typeName = types.size === 1 ? [...types][0]! : (type ?? UNTYPED);
  return tags.map((tag) => (types.size === 0 ? tag : typedTag(tag, typeName)));
}

/** Tags without a type mean nothing where there are several types: what would be missing is a label that no file has. */
function requireTypes(examples: readonly NerTaskExample[], context: TaskContext<NerOptions>): void {
  const types = new Set(
    context.labels.flatMap((label) => (label.includes("-") ? [label.slice(label.indexOf("-") + 1)] : [])),
  );
  if (types.size < 2) return;
  for (const example of examples) {
    const index = goldTags(example, context).findIndex(
      (tag, i) => tag !== example.tags[i] && !context.labels.includes(tag),
    );
    if (index < 0) continue;
    throw new BiobertError({
      code: "label-unknown",
      message: `the tag ${JSON.stringify(example.tags[index])} has no type, and there are several: ${[...types].join(", ")}`,
      place: { file: example.file, line: example.line + index },
      hint: `Give the tags their type, as in ${example.tags[index]}-${[...types][0]}. Tags without one are read where the model has one type alone.`,
    });
  }
}

/** Named entity recognition. */
export const nerTask: TaskDefinition<NerOptions, NerTaskExample, NerInput, string[]> = {
  name: "ner",
  summary: "named entity recognition from tagged sentences",
  files:
    "one token and its tag a line (tab or spaces), an empty line between sentences; IOB, IOB2 or IOBES tags; to predict for also tokens alone",
  unit: "sentences",
  ofDocuments: true,
  options,
  architecture: "BertForTokenClassification",
  maxLength: 256,

  async read(files, _options, gold) {
    const { sentences, warnings } = await readNerCorpus(files, { untagged: !gold });
    return {
      examples: sentences.map((sentence) => ({ ...sentence, id: `${sentence.file}:${sentence.line}` })),
      warnings,
    };
  },

  labels: (examples, { type = UNTYPED }) => checkLabels(examples).labels.map((label) => typedTag(label, type)),

  requireKnownLabels(examples, context) {
    requireTypes(examples, context);
    const sentences = examples.map((example) => ({ ...example, tags: goldTags(example, context) }));
    requireKnownLabels({ sentences }, context.labels);
  },

  encode(examples, context) {
    const ids = new Map(context.labels.map((label, id) => [label, id]));
    const sentences = examples.map((example) => ({ tokens: example.tokens, tags: goldTags(example, context) }));
    const encoded = encodeSentences(sentences, context.tokenizer, ids, context.maxLength);
    return {
      inputs: encoded.examples.map((part) => ({ ...part, example: part.sentence, sequences: [{ ids: part.ids }] })),
      warnings: cutSentencesWarning(encoded.cutSentences, context.maxLength, context.files),
    };
  },

  head({ labels }) {
    const description = { architecture: "BertForTokenClassification", labels } as const;
    return { ...description, head: headOf(description) };
  },

  targets: (inputs, batch) =>
    tokenTargets(
      inputs.map(({ labels }) => labels),
      batch,
    ),

  decode(results, inputs, examples, { labels }) {
    const tags = examples.map(({ tokens }) => new Array<string>(tokens.length).fill("O"));
    inputs.forEach(({ example, firstPieces, words }, i) => {
      const logits = results[i]!["logits"]!;
      firstPieces.forEach((position, word) => {
        const row = logits.subarray(position * labels.length, (position + 1) * labels.length);
        let best = 0;
        for (let label = 1; label < row.length; label++) if (row[label]! > row[best]!) best = label;
        tags[example]![words[word]!] = labels[best]!;
      });
    });
    return tags;
  },

  confidences({ examples, predictions, inputs, results }, context) {
    const { labels } = context;
    const gold = examples.map((example) => goldTags(example, context));
    return inputs.flatMap(({ example, firstPieces, words }, i) => {
      const logits = results[i]!["logits"]!;
      return [...firstPieces].map((position, word) => {
        const row = logits.subarray(position * labels.length, (position + 1) * labels.length);
        const at = words[word]!;
        const right = gold[example]![at] === predictions[example]![at];
        return { confidence: Math.max(...softmax(row)), right, place: { example, word: at } };
      });
    });
  },

  score(examples, predictions, context) {
    const gold = examples.map((example) => goldTags(example, context));
    const report = scoreEntities(gold, predictions, { tokens: examples.map(({ tokens }) => tokens) });
    const { precision, recall, f1, goldCount } = report.overall;
    const named = (text: string | undefined, type: string | undefined): string =>
      type === undefined ? "" : `${text ?? ""} (${type})`;
    return {
      protocol: "ner-exact-entity",
      metrics: { precision, recall, f1, tokenAccuracy: report.tokenAccuracy },
      selection: "f1",
      byLabel: report.byType,
      ...(report.typeConfusion === undefined ? {} : { confusion: { ...report.typeConfusion, about: CONFUSED_TYPES } }),
      errors: [...report.errors.examples]
        .sort((a, b) => b.count - a.count)
        .map((error) => ({
          gold: named(error.gold, error.goldType),
          predicted: named(error.predicted, error.predictedType),
          count: error.count,
        })),
      counts: { entities: goldCount, sentences: examples.length, tokens: report.tokenCount },
    };
  },

  items: (examples, predictions, context) => [
    {
      unit: "sentences",
      ids: itemIds(examples),
      metrics: entityItems(
        examples.map((example) => goldTags(example, context)),
        predictions,
      ),
    },
  ],

  toJson: ({ tokens }, tags) => ({ tokens, tags }),

  show(example, predicted, context) {
    const [gold, found] = [entitiesOf(goldTags(example, context)), entitiesOf(predicted)];
    const words = (entities: readonly TaggedEntity[], withPlace: boolean): string =>
      entities
        .map(({ type, start, end }) => {
          const place = withPlace ? `, word ${start + 1}` : "";
          return `${example.tokens.slice(start, end).join(" ")} (${type}${place})`;
        })
        .join("; ");
    const right = placesOf(gold) === placesOf(found);
    // The same words in another place look the same.
    const withPlace = !right && words(gold, false) === words(found, false);
    return {
      text: example.tokens.join(" "),
      gold: words(gold, withPlace),
      predicted: words(found, withPlace),
      right,
    };
  },
};

function placesOf(entities: readonly TaggedEntity[]): string {
  return entities.map(({ start, end, type }) => `${start} ${end} ${type}`).join();
}
