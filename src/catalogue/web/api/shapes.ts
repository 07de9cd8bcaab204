// Papers With Code's shapes (API v1, as paperswithcode-client reads them) and how the catalogue's entities take them. Fields the
// client insists on are never null, even where the catalogue does not know them.

import { z } from "@hono/zod-openapi";
import type { Area, CodeLink, Dataset, EvaluationTable, Method, Metric, Paper, Task } from "../../schema/index.ts";
import type { Named, ResultView } from "../../store/types.ts";

const text = z.string();
const optional = z.string().nullable();

export const paperShape = z
  .object({
    id: text,
    arxiv_id: optional,
    nips_id: optional,
    url_abs: text,
    url_pdf: text,
    title: text,
    abstract: text,
    authors: z.array(text),
    published: optional,
    conference: optional,
    conference_url_abs: optional,
    conference_url_pdf: optional,
    proceeding: optional,
  })
  .openapi("Paper");

export const repositoryShape = z
  .object({
    url: text,
    owner: text,
    name: text,
    description: text,
    stars: z.number(),
    framework: text,
    is_official: z.boolean().nullable(),
  })
  .openapi("Repository");
export const paperRepositoryShape = z
  .object({ paper: paperShape, repository: repositoryShape.nullable(), is_official: z.boolean() })
  .openapi("PaperRepository");
export const authorShape = z.object({ id: text, full_name: text }).openapi("Author");
export const namedShape = z.object({ id: text, name: text }).openapi("Named");
export const proceedingShape = z
  .object({ id: text, name: text, year: z.number().nullable(), month: z.number().nullable() })
  .openapi("Proceeding");
export const taskShape = z.object({ id: text, name: text, description: text }).openapi("Task");
export const datasetShape = z.object({ id: text, name: text, full_name: optional, url: optional }).openapi("Dataset");
export const methodShape = z
  .object({ id: text, name: text, full_name: text, description: text, paper: optional })
  .openapi("Method");
export const tableShape = z
  .object({ id: text, task: text, dataset: text, description: text, mirror_url: optional })
  .openapi("EvaluationTable");
export const metricShape = z
  .object({ id: text, name: text, description: text, is_loss: z.boolean() })
  .openapi("Metric");
export const resultShape = z
  .object({
    id: text,
    best_rank: z.number().nullable(),
    metrics: z.record(z.string(), z.string()),
    methodology: text,
    uses_additional_data: z.boolean(),
    paper: optional,
    best_metric: optional,
    evaluated_on: optional,
    external_source_url: optional,
    external_id: optional,
  })
  .openapi("Result");

/** A paper; `published` is its day. */
export function paperOf(paper: Paper): z.infer<typeof paperShape> {
  return {
    id: paper.id,
    arxiv_id: paper.arxivId ?? null,
    nips_id: paper.nipsId ?? null,
    url_abs: paper.urlAbstract ?? "",
    url_pdf: paper.urlPdf ?? "",
    title: paper.title,
    abstract: paper.abstract,
    authors: paper.authors,
    published: paper.date ?? null,
    conference: paper.conference ?? null,
    conference_url_abs: paper.conferenceUrlAbstract ?? null,
    conference_url_pdf: paper.conferenceUrlPdf ?? null,
    proceeding: paper.proceeding ?? null,
  };
}

/** A code link as a repository: owner and name are the first two parts of its path. Stars are not known here: 0. */
export function repositoryOf(link: CodeLink): z.infer<typeof repositoryShape> {
  const [owner, name] = ownerAndName(link.url);
  return {
    url: link.url,
    owner,
    name,
    description: link.holds ?? "",
    stars: 0,
    framework: link.framework ?? "none",
    is_official: link.official,
  };
}

/** `["dmis-lab", "biobert"]` of `https://github.com/dmis-lab/biobert`. */
export function ownerAndName(url: string): [owner: string, name: string] {
  try {
    const [owner = "", name = ""] = new URL(url).pathname.split("/").filter((part) => part !== "");
    return [owner, name.replace(/\.git$/, "")];
  } catch {
    return ["", url];
  }
}

/** An area, a conference: anything with a name. */
export function namedOf({ id, name }: Named | Area): z.infer<typeof namedShape> {
  return { id, name };
}

/** A proceeding; its year stands in its name. */
export function proceedingOf({ id, name }: Named): z.infer<typeof proceedingShape> {
  const year = /\b(?:19|20)\d{2}\b/.exec(name)?.[0];
  const months = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
  ];
  const month = months.findIndex((each) => new RegExp(`\\b${each}\\b`, "i").test(name));
  return { id, name, year: year === undefined ? null : Number(year), month: month < 0 ? null : month + 1 };
}

/** A task. */
export function taskOf({ id, name, description }: Task): z.infer<typeof taskShape> {
  return { id, name, description };
}

/** A dataset; `url` is its home page. */
export function datasetOf(dataset: Dataset): z.infer<typeof datasetShape> {
  return { id: dataset.id, name: dataset.name, full_name: dataset.fullName ?? null, url: dataset.homepage ?? null };
}

/** A method. */
export function methodOf(method: Method): z.infer<typeof methodShape> {
  const { id, name, fullName, description, paper } = method;
  return { id, name, full_name: fullName, description, paper: paper ?? null };
}

/** An evaluation table. */
export function tableOf({ id, task, dataset, description, mirrorUrl }: EvaluationTable): z.infer<typeof tableShape> {
  return { id, task, dataset, description, mirror_url: mirrorUrl ?? null };
}

/** A metric of a table. */
export function metricOf({ id, name, definition, isLoss }: Metric): z.infer<typeof metricShape> {
  return { id, name, description: definition, is_loss: isLoss };
}

/** A result; values are as published, under the metrics' names. */
export function resultOf({ result, table, bestRank, bestMetric }: ResultView): z.infer<typeof resultShape> {
  const nameOf = (id: string): string => table.metrics.find((metric) => metric.id === id)?.name ?? id;
  return {
    id: result.id,
    best_rank: bestRank ?? null,
    metrics: Object.fromEntries(Object.entries(result.values).map(([id, { published }]) => [nameOf(id), published])),
    methodology: result.modelName,
    uses_additional_data: result.extraData,
    paper: result.paper ?? null,
    best_metric: bestMetric === undefined ? null : nameOf(bestMetric),
    evaluated_on: result.date ?? null,
    external_source_url: result.externalUrl ?? result.source.url ?? null,
    external_id: result.externalId ?? null,
  };
}
