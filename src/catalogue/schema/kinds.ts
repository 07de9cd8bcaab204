// Every kind of entity by its name: one table from which storage, files and their JSON schema are made.

import type { z } from "zod";
import {
  areaSchema,
  codeLinkSchema,
  datasetSchema,
  methodSchema,
  modelSchema,
  paperSchema,
  taskSchema,
} from "./entities.ts";
import { flagSchema, resultSchema, runSchema, tableSchema, verificationSchema } from "./results.ts";
import { submissionSchema } from "./workflow.ts";

/** Kinds in the order in which they can be imported: what is referred to comes first. */
export const entitySchemas = {
  area: areaSchema,
  task: taskSchema,
  method: methodSchema,
  paper: paperSchema,
  dataset: datasetSchema,
  model: modelSchema,
  codeLink: codeLinkSchema,
  table: tableSchema,
  run: runSchema,
  result: resultSchema,
  flag: flagSchema,
  verification: verificationSchema,
  submission: submissionSchema,
} as const;

export type Kind = keyof typeof entitySchemas;

/** The entity of each kind. */
export type EntityOf = { [K in Kind]: z.infer<(typeof entitySchemas)[K]> };

export const KINDS = Object.keys(entitySchemas) as readonly Kind[];
