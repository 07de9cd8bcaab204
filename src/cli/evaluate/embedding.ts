// `biobert evaluate document-embedding`: vectors of documents, a model's or a file's, by SciDocs' protocol on its own files, or on the
// registry's sets: a linear SVM on their labels, rankings by distance, pairs by the cosine.

import { basename } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import type { EmbeddingSet, SciDocsFiles } from "../../evaluation/index.ts";
import { parseSciDocsEmbeddings } from "../../formats/index.ts";
import type { CommandContext } from "../common/context.ts";
import { type EncoderFlags, encoderSettings, readingSettings, withEncoderFlags } from "../common/encoder-flags.ts";
import { EXIT } from "../common/errors.ts";
import { interruptedError } from "../common/input.ts";
import {
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  warnOnce,
  wholeNumber,
  withModelPlaces,
} from "../common/options.ts";
import { print } from "../common/output.ts";
import { resolveModelArgument } from "../pull.ts";
import { makeRecord } from "./record.ts";
import { recordFacts, writeRecord } from "../common/result-files.ts";
import { submitOption, submitterFor } from "./submit.ts";
import { formatCount, tableLines } from "../common/terminal.ts";

interface EmbeddingFlags extends ModelPlaceOptions, EncoderFlags<"mean" | "first" | "max" | "sum"> {
  model?: string;
  vectors?: string;
  set?: string;
  scidocs?: string;
  part: "test" | "val";
  root?: string;
  limit?: number;
  out?: string;
  json: boolean;
  submit?: string;
}

const HELP = `
Data: --set ID is one of ohsumed-embedding, scirepeval-mesh, scirepeval-fos, scirepeval-citations, scirepeval-search, biosses-embedding
(BIOBERT_DATA or --root says where they lie; npx biobert datasets pull ID fetches all but ohsumed-embedding, which is got by hand:
npx biobert datasets show ohsumed-embedding); --scidocs DIR is SciDocs' own folder: paper_metadata_*.json, mag and
mesh with train, val and test.csv, coview, coread, cite and cocite with test.qrel, recomm with train.csv, test.csv and propensity_scores.json.
Recommendations are ranked by a small network that learns from the clicks of recomm/train.csv; without that file or paper_metadata_recomm.json
by distance, which is said and is another protocol.

Examples:
  biobert evaluate document-embedding --model my-model --set ohsumed-embedding
  biobert evaluate document-embedding --model my-model --scidocs scidocs/data --out results
  biobert evaluate document-embedding --vectors vectors.jsonl --scidocs scidocs/data

--vectors reads JSON lines {"id", "embedding"} or {"paper_id", "embedding"}, as biobert embed writes them.`;

/** Adds the command to `evaluate`; `finish` hears its exit code. */
export function registerEvaluateEmbedding(
  evaluateCommand: Command,
  context: CommandContext,
  finish: (code: number) => void,
): void {
  withEncoderFlags(withModelPlaces(evaluateCommand.command("document-embedding")), {
    poolings: ["mean", "first", "max", "sum"],
    long: "cut",
  })
    .description("vectors of documents: classification, rankings, recommendation (SciDocs), likeness of pairs")
    .option("--model <PATH>", `${MODEL_HELP}; no head is needed`)
    .option("--vectors <FILE>", "vectors made before, in place of a model")
    .option("--set <ID>", "a data set of the registry")
    .option("--scidocs <DIR>", "SciDocs' folder of data")
    .addOption(new Option("--part <PART>", "which part of SciDocs is scored").choices(["test", "val"]).default("test"))
    .option("--root <DIR>", "where the registry's data sets lie (default: BIOBERT_DATA)")
    .option("--limit <N>", "about so many documents of each split, or queries: for a try", wholeNumber(10))
    .option("--out <PATH>", "write the result record and a report to this folder or .json file; needs --model")
    .option("--json", "print the result record instead of a summary; needs --model", false)
    .addOption(submitOption())
    .addHelpText("after", HELP)
    .action(async (options: EmbeddingFlags) => {
      finish(await evaluate(options, context));
    });
}

async function evaluate(options: EmbeddingFlags, context: CommandContext): Promise<number> {
  const { model, vectors: file, set, scidocs } = options;
  const usage = (message: string): BiobertError => new BiobertError({ code: "usage", message });
  if ((model === undefined) === (file === undefined))
    throw usage("vectors are a model's (--model) or a file's (--vectors)");
  if ((set === undefined) === (scidocs === undefined))
    throw usage("data are a set of the registry (--set) or SciDocs' folder (--scidocs)");
  if (file !== undefined && (options.out !== undefined || options.json || options.submit !== undefined))
    throw usage("a record says which model ran: --out, --json and --submit go with --model");
  const submit = submitterFor(options.submit, context);
  const startedAt = performance.now();
  const warn = warnOnce(context);
  const room = await import("../../evaluation/index.ts");
  const { limit, root, part } = options;
  const own: EmbeddingSet | undefined =
    set === undefined
      ? undefined
      : await room.readEmbeddingSet(set, {
          ...(limit === undefined ? {} : { limit }),
          ...(root === undefined ? {} : { data: root }),
          dataFlag: "--root",
        });
  const theirs: SciDocsFiles | undefined = scidocs === undefined ? undefined : await room.readSciDocs(scidocs, part);
  for (const warning of [...(own?.warnings ?? []), ...(theirs?.warnings ?? [])]) warn(warning);
  const documents = own?.documents ?? theirs!.documents;
  if (file === undefined && documents.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: "there is no paper_metadata file, whose titles and abstracts are embedded",
      place: { file: scidocs },
    });
  }
  const embedded =
    model === undefined
      ? {
          vectors: parseSciDocsEmbeddings(await readText(file!, { stripBom: true }), { file: file! }),
          model: undefined,
        }
      : await room.embedDocuments(await resolveModelArgument(model, context), documents, {
          ...modelPlaces(options),
          ...encoderSettings(options),
          ...readingSettings(options),
          warn,
          signal: context.signal,
        });
  if (context.signal.aborted) throw interruptedError();
  const scores =
    own === undefined ? room.scoreSciDocs(embedded.vectors, theirs!) : room.scoreEmbeddingSet(embedded.vectors, own);
  const { metricName, metricText, unitOf } = room;
  if (embedded.model !== undefined) {
    const { pooling, long, normalize, maxLength, layer } = options;
    const record = await makeRecord(
      {
        task: "document-embedding",
        protocol: scores.protocol,
        metrics: scores.metrics,
        units: scores.units,
        metricsByType: {},
        options: { pooling, long, normalize, maxLength, layer, limit },
        counts: scores.counts,
        model: embedded.model,
      },
      {
        model: model!,
        files: own?.files ?? theirs!.files,
        dataset: own?.dataset ?? "scidocs",
        split: own?.split ?? part,
        durationSeconds: (performance.now() - startedAt) / 1000,
      },
      context,
    );
    if (options.out !== undefined) {
      const report = room.recordReport(record, {
        title: `${record.model.name} on ${record.dataset.id}, ${record.dataset.split}`,
        subtitle: `document-embedding, ${formatCount(embedded.vectors.size)} documents`,
        facts: recordFacts(record),
      });
      await writeRecord(options.out, record, report);
    }
    if (options.json) await print(context.stdout, `${JSON.stringify(record, null, 2)}\n`);
    await submit?.(record);
  }
  if (options.json) return EXIT.done;
  const title = `${basename(model ?? file!)} on ${own?.dataset ?? "SciDocs"} ${own?.split ?? part}: ${formatCount(embedded.vectors.size)} documents; protocol ${scores.protocol}`;
  const table = tableLines(
    [{ title: "metric" }, { title: "value", align: "right" as const }, { title: "unit" }],
    Object.entries(scores.metrics).map(([id, value]) => {
      const unit = unitOf(id, scores.units);
      return [metricName(id), metricText(value, unit), unit].map((text) => ({ text }));
    }),
  );
  await print(context.stdout, `${[title, "", ...table].join("\n")}\n`);
  return EXIT.done;
}
