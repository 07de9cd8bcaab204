// Papers With Code's API v1, the writing half for tasks and datasets. What a PATCH leaves out, or sends as null, stays.

import { z } from "@hono/zod-openapi";
import { BiobertError } from "../../../core/index.ts";
import {
  type Dataset,
  type Kind,
  type Task,
  dateSchema,
  nameSchema,
  textSchema,
  urlSchema,
} from "../../schema/index.ts";
import { freeSlug } from "../../slug.ts";
import type { CatalogueWriter } from "../../store/types.ts";
import { type CatalogueSite, actorOf, found } from "../environment.ts";
import { type Api, writeRoute } from "./define.ts";
import { datasetOf, datasetShape, taskOf, taskShape } from "./shapes.ts";

const name = nameSchema;
export const optionalName = nameSchema.nullish();
export const optionalText = textSchema.nullish();
/** A link; an empty one is none. */
export const optionalUrl = urlSchema.or(z.literal("")).nullish();
export const optionalDate = dateSchema.nullish();

/** An id for a name that nothing of this kind has yet. */
export async function newId(writer: CatalogueWriter, kind: Kind, from: string): Promise<string> {
  const taken = new Set<string>();
  for (;;) {
    const id = freeSlug(from, (candidate) => taken.has(candidate));
    if ((await writer.get(kind, id)) === undefined) return id;
    taken.add(id);
  }
}

/** Refuses with one field's problem. */
export function refuseField(field: string, code: string, message: string): never {
  throw new BiobertError({
    code: "fields-invalid",
    message: `${field}: ${message}`,
    fields: [{ field, code, message }],
  });
}

/** Adding, changing and deleting tasks (reviewer). */
export function addTaskWriteRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const tag = "tasks";
  const placeOf = async (
    area: string | null | undefined,
    parent: string | null | undefined,
  ): Promise<Partial<Task>> => {
    const place: Partial<Task> = {};
    if (area) {
      const { items } = await store.list("area", { limit: 1000 });
      const known = items.find((each) => each.id === area || each.name.toLowerCase() === area.toLowerCase());
      place.areas = [(known ?? refuseField("area", "unknown-area", `there is no area ${JSON.stringify(area)}`)).id];
    }
    if (parent) {
      const known = await store.get("task", parent);
      place.parents = [
        (known ?? refuseField("parent_task", "unknown-task", `there is no task ${JSON.stringify(parent)}`)).id,
      ];
    }
    return place;
  };

  writeRoute(
    api,
    {
      method: "post",
      path: "/tasks",
      summary: "Add a task",
      tag,
      body: z.object({ name, description: optionalText, area: optionalName, parent_task: optionalName }),
      answer: taskShape,
    },
    async (body, _, c) => {
      const actor = actorOf(c, "reviewer", "add a task");
      const place = await placeOf(body.area, body.parent_task);
      const { value } = await store.change({ actor, action: "create" }, async (writer) => {
        const { items } = await writer.list("task", { nameContains: body.name, limit: 1000 });
        refuseSecond(items, body.name, "task");
        const task: Task = {
          id: await newId(writer, "task", body.name),
          name: body.name,
          description: body.description ?? "",
          areas: place.areas ?? [],
          parents: place.parents ?? [],
          aliases: [],
        };
        await writer.put("task", [task]);
        return task;
      });
      return taskOf(value);
    },
  );
  writeRoute(
    api,
    {
      method: "patch",
      path: "/tasks/{task_id}",
      summary: "Change a task",
      tag,
      body: z.object({ name: optionalName, description: optionalText, area: optionalName, parent_task: optionalName }),
      answer: taskShape,
    },
    async (body, { task_id: id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "change a task");
      if (body.parent_task === id) refuseField("parent_task", "circular", "a task is no part of itself");
      const place = await placeOf(body.area, body.parent_task);
      const { value } = await store.change({ actor, action: "update" }, async (writer) => {
        const task = found(await writer.get("task", id), "task", id);
        const changed = {
          ...task,
          ...place,
          name: body.name ?? task.name,
          description: body.description ?? task.description,
        };
        await writer.put("task", [changed]);
        return changed;
      });
      return taskOf(value);
    },
  );
  addDeleteRoute(api, site, "task", "/tasks/{id}");
}

/** Adding, changing and deleting datasets (reviewer). */
export function addDatasetWriteRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const tag = "datasets";
  writeRoute(
    api,
    {
      method: "post",
      path: "/datasets",
      summary: "Add a dataset",
      tag,
      body: z.object({ name, full_name: optionalText, url: optionalUrl }),
      answer: datasetShape,
    },
    async (body, _, c) => {
      const actor = actorOf(c, "reviewer", "add a dataset");
      const { value } = await store.change({ actor, action: "create" }, async (writer) => {
        const { items } = await writer.list("dataset", { nameContains: body.name, limit: 1000 });
        refuseSecond(items, body.name, "dataset");
        const dataset: Dataset = {
          id: await newId(writer, "dataset", body.name),
          name: body.name,
          description: "",
          ...(body.full_name ? { fullName: body.full_name } : {}),
          ...(body.url ? { homepage: body.url } : {}),
          aliases: [],
          tasks: [],
          modalities: [],
          languages: [],
          variants: [],
          links: [],
        };
        await writer.put("dataset", [dataset]);
        return dataset;
      });
      return datasetOf(value);
    },
  );
  writeRoute(
    api,
    {
      method: "patch",
      path: "/datasets/{dataset_id}",
      summary: "Change a dataset",
      tag,
      body: z.object({ name: optionalName, full_name: optionalText, url: optionalUrl }),
      answer: datasetShape,
    },
    async (body, { dataset_id: id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "change a dataset");
      const { value } = await store.change({ actor, action: "update" }, async (writer) => {
        const dataset = found(await writer.get("dataset", id), "dataset", id);
        const changed = {
          ...dataset,
          name: body.name ?? dataset.name,
          ...(body.full_name ? { fullName: body.full_name } : {}),
          ...(body.url ? { homepage: body.url } : {}),
        };
        await writer.put("dataset", [changed]);
        return changed;
      });
      return datasetOf(value);
    },
  );
  addDeleteRoute(api, site, "dataset", "/datasets/{id}");
}

/** `DELETE` of one entity; refused while something refers to it. */
export function addDeleteRoute(api: Api, { store }: CatalogueSite, kind: Kind, path: string): void {
  const what = kind === "table" ? "evaluation table" : kind;
  writeRoute(
    api,
    { method: "delete", path, summary: `Delete a ${what} that nothing refers to`, tag: tagOf(path) },
    async (_, { id = "" }, c) => {
      const actor = actorOf(c, "reviewer", `delete a ${what}`);
      await store.change({ actor, action: "delete" }, async (writer) => {
        found((await writer.remove(kind, id)) || undefined, what, id);
      });
    },
  );
}

function tagOf(path: string): string {
  return path.split("/")[1]!;
}

function refuseSecond(items: readonly { id: string; name: string }[], wanted: string, what: string): void {
  const same = items.find((each) => each.name.toLowerCase() === wanted.toLowerCase());
  if (same === undefined) return;
  throw new BiobertError({
    code: "conflict",
    message: `there is a ${what} ${JSON.stringify(same.name)} already: ${same.id}`,
    hint: "Use that one, or change it.",
  });
}
