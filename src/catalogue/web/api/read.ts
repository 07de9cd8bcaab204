// Papers With Code's API v1, the reading half: papers, repositories, authors, conferences, areas, tasks, datasets, methods.

import { z } from "@hono/zod-openapi";
import type { CodeLink } from "../../schema/index.ts";
import type { Listed } from "../../store/types.ts";
import { type CatalogueSite, found } from "../environment.ts";
import { type Api, getRoute, listRoute } from "./define.ts";
import {
  authorShape,
  datasetOf,
  datasetShape,
  methodOf,
  methodShape,
  namedOf,
  namedShape,
  paperOf,
  paperRepositoryShape,
  paperShape,
  proceedingOf,
  proceedingShape,
  repositoryOf,
  repositoryShape,
  resultOf,
  resultShape,
  tableOf,
  tableShape,
  taskOf,
  taskShape,
} from "./shapes.ts";

const q = z.string().max(500).optional();

/** A list whose items take another shape. */
export function mapped<From, To>({ count, items }: Listed<From>, shape: (item: From) => To): Listed<To> {
  return { count, items: items.map(shape) };
}

/** A part of a list that is here whole. */
export function pieceOf<T>(items: readonly T[], { limit, offset }: { limit: number; offset: number }): Listed<T> {
  return { count: items.length, items: items.slice(offset, offset + limit) };
}

/** Papers, and what belongs to one. */
export function addPaperRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const tag = "papers";
  const paper = async (id = "") => found(await store.get("paper", id), "paper", id);

  listRoute(
    api,
    site,
    {
      path: "/search",
      summary: "Papers with their code, found by words",
      tag,
      filters: { q },
      item: paperRepositoryShape,
    },
    async (query, _, page) => {
      const { count, items } = await store.list("paper", { ...page, q: query.q || undefined });
      const code = await store.codeOf(items.map(({ id }) => id));
      return {
        count,
        items: items.map((each) => {
          const link = code.get(each.id);
          return {
            paper: paperOf(each),
            repository: link === undefined ? null : repositoryOf(link),
            is_official: link?.official ?? false,
          };
        }),
      };
    },
  );
  const filters = { q, arxiv_id: q, title: q, abstract: q, doi: q };
  listRoute(api, site, { path: "/papers", summary: "Papers", tag, filters, item: paperShape }, async (query, _, page) =>
    mapped(
      await store.list("paper", {
        ...page,
        q: query.q || undefined,
        arxivId: query.arxiv_id || undefined,
        doi: query.doi || undefined,
        titleContains: query.title || undefined,
        abstractContains: query.abstract || undefined,
      }),
      paperOf,
    ),
  );
  getRoute(api, { path: "/papers/{paper_id}", summary: "A paper", tag, item: paperShape }, async ({ paper_id: id }) =>
    paperOf(await paper(id)),
  );
  const ofPaper = { tag, path: "/papers/{paper_id}" };
  listRoute(
    api,
    site,
    { tag, path: `${ofPaper.path}/datasets`, summary: "Datasets a paper introduces or reports on", item: datasetShape },
    async (_, { paper_id: id = "" }, page) => {
      const { datasets } = found(await store.paperPage(id), "paper", id);
      const piece = pieceOf(datasets, page);
      return {
        count: piece.count,
        items: (
          await store.getMany(
            "dataset",
            piece.items.map((each) => each.id),
          )
        ).map(datasetOf),
      };
    },
  );
  listRoute(
    api,
    site,
    { tag, path: `${ofPaper.path}/repositories`, summary: "Code of a paper", item: repositoryShape },
    async (_, { paper_id: id }, page) => {
      const { id: known } = await paper(id);
      return mapped(await store.list("codeLink", { paper: known, ...page }), repositoryOf);
    },
  );
  listRoute(
    api,
    site,
    { tag, path: `${ofPaper.path}/tasks`, summary: "Tasks of a paper", item: taskShape },
    async (_, { paper_id: id }, page) => {
      const { tasks } = await paper(id);
      return pieceOf((await store.getMany("task", tasks)).map(taskOf), page);
    },
  );
  listRoute(
    api,
    site,
    { tag, path: `${ofPaper.path}/methods`, summary: "Methods of a paper", item: methodShape },
    async (_, { paper_id: id }, page) => {
      const { methods } = await paper(id);
      return pieceOf((await store.getMany("method", methods)).map(methodOf), page);
    },
  );
  listRoute(
    api,
    site,
    { tag, path: `${ofPaper.path}/results`, summary: "Results of a paper", item: resultShape },
    async (_, { paper_id: id }, page) => {
      const { id: known } = await paper(id);
      return mapped(await store.resultViews({ paper: known, ...page }), resultOf);
    },
  );
}

/** Code: each repository once, whatever the number of its papers. */
export function addRepositoryRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const tag = "repositories";
  const of = async (owner: string, name: string): Promise<CodeLink[]> => {
    const links = await store.repositoryLinks(owner, name);
    found(links[0], "repository", `${owner}/${name}`);
    return links;
  };

  const filters = { q, owner: q, name: q, stars: z.coerce.number().int().min(0).optional(), framework: q };
  listRoute(
    api,
    site,
    { path: "/repositories", summary: "Repositories", tag, filters, item: repositoryShape },
    async (query, _, page) => {
      // Nobody here counts stars: none has one or more.
      if (Number(query.stars ?? 0) > 0) return { count: 0, items: [] };
      const wanted = {
        q: query.q || undefined,
        owner: query.owner || undefined,
        name: query.name || undefined,
        framework: query.framework || undefined,
      };
      return mapped(await store.repositories({ ...wanted, ...page }), repositoryOf);
    },
  );
  listRoute(
    api,
    site,
    { path: "/repositories/{owner}", summary: "Repositories of an owner", tag, item: repositoryShape },
    async (_, { owner = "" }, page) => mapped(await store.repositories({ owner, ...page }), repositoryOf),
  );
  getRoute(
    api,
    { path: "/repositories/{owner}/{name}", summary: "A repository", tag, item: repositoryShape },
    async ({ owner = "", name = "" }) => repositoryOf((await of(owner, name))[0]!),
  );
  listRoute(
    api,
    site,
    { path: "/repositories/{owner}/{name}/papers", summary: "Papers of a repository", tag, item: paperShape },
    async (_, { owner = "", name = "" }, page) => {
      const ids = new Set((await of(owner, name)).flatMap(({ paper }) => paper ?? []));
      const piece = pieceOf([...ids], page);
      return { count: piece.count, items: (await store.getMany("paper", piece.items)).map(paperOf) };
    },
  );
}

/** Authors, conferences and their proceedings. */
export function addPeopleRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  listRoute(
    api,
    site,
    { path: "/authors", summary: "Authors", tag: "authors", filters: { q, full_name: q }, item: authorShape },
    async (query, _, page) =>
      mapped(
        await store.authors({ ...page, nameContains: query.full_name || query.q || undefined }),
        ({ id, name }) => ({ id, full_name: name }),
      ),
  );
  getRoute(
    api,
    { path: "/authors/{author_id}", summary: "An author", tag: "authors", item: authorShape },
    async ({ author_id: id = "" }) => {
      const { name } = found(await store.author(id), "author", id);
      return { id, full_name: name };
    },
  );
  listRoute(
    api,
    site,
    { path: "/authors/{author_id}/papers", summary: "Papers of an author", tag: "authors", item: paperShape },
    async (_, { author_id: id = "" }, page) => {
      found(await store.author(id), "author", id);
      return mapped(await store.list("paper", { author: id, ...page }), paperOf);
    },
  );

  const tag = "conferences";
  const conference = async (id = "") => found(await store.conference(id), "conference", id);
  const proceeding = async (parent = "", id = "") => {
    const { items } = await store.proceedings((await conference(parent)).id, { limit: 1000 });
    return found(
      items.find((each) => each.id === id),
      "proceeding",
      id,
    );
  };
  listRoute(
    api,
    site,
    { path: "/conferences", summary: "Conferences", tag, filters: { q, name: q }, item: namedShape },
    async (query, _, page) =>
      mapped(await store.conferences({ ...page, nameContains: query.name || query.q || undefined }), namedOf),
  );
  getRoute(
    api,
    { path: "/conferences/{conference_id}", summary: "A conference", tag, item: namedShape },
    async ({ conference_id: id }) => namedOf(await conference(id)),
  );
  const path = "/conferences/{conference_id}/proceedings";
  listRoute(
    api,
    site,
    { path, summary: "Proceedings of a conference", tag, item: proceedingShape },
    async (_, { conference_id: id }, page) =>
      mapped(await store.proceedings((await conference(id)).id, page), proceedingOf),
  );
  getRoute(api, { path: `${path}/{proceeding_id}`, summary: "A proceeding", tag, item: proceedingShape }, async (at) =>
    proceedingOf(await proceeding(at.conference_id, at.proceeding_id)),
  );
  listRoute(
    api,
    site,
    { path: `${path}/{proceeding_id}/papers`, summary: "Papers of a proceeding", tag, item: paperShape },
    async (_, at, page) => {
      const { id } = await proceeding(at.conference_id, at.proceeding_id);
      return mapped(await store.list("paper", { proceeding: id, ...page }), paperOf);
    },
  );
}

/** Areas, tasks, datasets and methods. */
export function addSubjectRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const task = async (id = "") => found(await store.get("task", id), "task", id);
  listRoute(
    api,
    site,
    { path: "/areas", summary: "Areas", tag: "areas", filters: { q, name: q }, item: namedShape },
    async (query, _, page) =>
      mapped(await store.list("area", { ...page, nameContains: query.name || query.q || undefined }), namedOf),
  );
  getRoute(
    api,
    { path: "/areas/{area_id}", summary: "An area", tag: "areas", item: namedShape },
    async ({ area_id: id = "" }) => namedOf(found(await store.get("area", id), "area", id)),
  );
  listRoute(
    api,
    site,
    { path: "/areas/{area_id}/tasks", summary: "Tasks of an area", tag: "areas", item: taskShape },
    async (_, { area_id: id = "" }, page) => {
      found(await store.get("area", id), "area", id);
      return mapped(await store.list("task", { area: id, ...page }), taskOf);
    },
  );

  listRoute(
    api,
    site,
    { path: "/tasks", summary: "Tasks", tag: "tasks", filters: { q, name: q }, item: taskShape },
    async (query, _, page) =>
      mapped(
        await store.list("task", { ...page, q: query.q || undefined, nameContains: query.name || undefined }),
        taskOf,
      ),
  );
  const path = "/tasks/{task_id}";
  getRoute(api, { path, summary: "A task", tag: "tasks", item: taskShape }, async ({ task_id: id }) =>
    taskOf(await task(id)),
  );
  listRoute(
    api,
    site,
    { path: `${path}/parents`, summary: "What a task belongs to", tag: "tasks", item: taskShape },
    async (_, { task_id: id }, page) => {
      const { parents } = await task(id);
      return pieceOf((await store.getMany("task", parents)).map(taskOf), page);
    },
  );
  listRoute(
    api,
    site,
    { path: `${path}/children`, summary: "Its parts", tag: "tasks", item: taskShape },
    async (_, { task_id: id }, page) =>
      mapped(await store.list("task", { parent: (await task(id)).id, ...page }), taskOf),
  );
  listRoute(
    api,
    site,
    { path: `${path}/papers`, summary: "Papers of a task", tag: "tasks", item: paperShape },
    async (_, { task_id: id }, page) =>
      mapped(await store.list("paper", { task: (await task(id)).id, ...page }), paperOf),
  );
  listRoute(
    api,
    site,
    { path: `${path}/evaluations`, summary: "Evaluation tables of a task", tag: "tasks", item: tableShape },
    async (_, { task_id: id }, page) =>
      mapped(await store.list("table", { task: (await task(id)).id, ...page }), tableOf),
  );

  const dataset = async (id = "") => found(await store.get("dataset", id), "dataset", id);
  listRoute(
    api,
    site,
    {
      path: "/datasets",
      summary: "Datasets",
      tag: "datasets",
      filters: { q, name: q, full_name: q },
      item: datasetShape,
    },
    async (query, _, page) =>
      mapped(
        await store.list("dataset", {
          ...page,
          q: query.q || query.full_name || undefined,
          nameContains: query.name || undefined,
        }),
        datasetOf,
      ),
  );
  getRoute(
    api,
    { path: "/datasets/{dataset_id}", summary: "A dataset", tag: "datasets", item: datasetShape },
    async ({ dataset_id: id }) => datasetOf(await dataset(id)),
  );
  listRoute(
    api,
    site,
    {
      path: "/datasets/{dataset_id}/evaluations",
      summary: "Evaluation tables on a dataset",
      tag: "datasets",
      item: tableShape,
    },
    async (_, { dataset_id: id }, page) =>
      mapped(await store.list("table", { dataset: (await dataset(id)).id, ...page }), tableOf),
  );

  listRoute(
    api,
    site,
    { path: "/methods", summary: "Methods", tag: "methods", filters: { q, name: q, full_name: q }, item: methodShape },
    async (query, _, page) =>
      mapped(
        await store.list("method", {
          ...page,
          q: query.q || query.full_name || undefined,
          nameContains: query.name || undefined,
        }),
        methodOf,
      ),
  );
  getRoute(
    api,
    { path: "/methods/{method_id}", summary: "A method", tag: "methods", item: methodShape },
    async ({ method_id: id = "" }) => methodOf(found(await store.get("method", id), "method", id)),
  );
}
