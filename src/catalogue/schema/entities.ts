// What results are about: areas, tasks, datasets, papers, methods, models and code. The fields follow the dumps of Papers With
// Code, so that they can be read and written without loss; ids are slugs.

import { z } from "zod";
import { dateSchema, extraSchema, idSchema, linkSchema, nameSchema, textSchema, urlSchema } from "./common.ts";

/** A field of research, `medical`. */
export const areaSchema = z.strictObject({ id: idSchema, name: nameSchema, description: textSchema.optional() });

/** A task; `parents` makes the tree (a task may hang in several places). */
export const taskSchema = z.strictObject({
  id: idSchema,
  name: nameSchema,
  description: textSchema.default(""),
  areas: z.array(idSchema).default([]),
  parents: z.array(idSchema).default([]),
  aliases: z.array(nameSchema).default([]),
  sourceLink: linkSchema.optional(),
  extra: extraSchema.optional(),
});

/** A dataset, or a part of one (`parent`). */
export const datasetSchema = z.strictObject({
  id: idSchema,
  name: nameSchema,
  fullName: textSchema.optional(),
  description: textSchema.default(""),
  homepage: urlSchema.optional(),
  paper: idSchema.optional(),
  introduced: dateSchema.optional(),
  parent: idSchema.optional(),
  aliases: z.array(nameSchema).default([]),
  tasks: z.array(idSchema).default([]),
  modalities: z.array(nameSchema).default([]),
  languages: z.array(nameSchema).default([]),
  variants: z.array(nameSchema).default([]),
  links: z.array(linkSchema).default([]),
  licence: textSchema.optional(),
  warning: textSchema.optional(),
  /** For example `annotations`, `test entities`, as its paper gives them. */
  counts: z.record(nameSchema, z.number().nonnegative()).optional(),
  extra: extraSchema.optional(),
});

export const paperSchema = z.strictObject({
  id: idSchema,
  title: textSchema.min(1),
  authors: z.array(nameSchema).default([]),
  abstract: textSchema.default(""),
  shortAbstract: textSchema.optional(),
  date: dateSchema.optional(),
  arxivId: nameSchema.optional(),
  doi: nameSchema.optional(),
  openreviewId: nameSchema.optional(),
  nipsId: nameSchema.optional(),
  urlAbstract: urlSchema.optional(),
  urlPdf: urlSchema.optional(),
  /** The address the paper had in the catalogue it came from. */
  sourceUrl: urlSchema.optional(),
  proceeding: textSchema.optional(),
  conference: textSchema.optional(),
  conferenceUrlAbstract: urlSchema.optional(),
  conferenceUrlPdf: urlSchema.optional(),
  reproduces: textSchema.optional(),
  tasks: z.array(idSchema).default([]),
  methods: z.array(idSchema).default([]),
  /** What the abstract claims, one sentence each. */
  claims: z.array(textSchema).optional(),
  extra: extraSchema.optional(),
});

export const methodSchema = z.strictObject({
  id: idSchema,
  name: nameSchema,
  fullName: textSchema.default(""),
  description: textSchema.default(""),
  paper: idSchema.optional(),
  introducedYear: z.number().int().min(1600).max(2200).optional(),
  sourceUrl: urlSchema.optional(),
  sourceTitle: textSchema.optional(),
  codeSnippetUrl: urlSchema.optional(),
  collections: z
    .array(
      z.strictObject({
        name: nameSchema,
        description: textSchema.optional(),
        parent: textSchema.optional(),
        areaId: idSchema.optional(),
        area: nameSchema.optional(),
      }),
    )
    .default([]),
  extra: extraSchema.optional(),
});

/** One set of weights that goes by the model's name: its version, size, corpus. */
export const variantSchema = z.strictObject({
  id: idSchema,
  name: nameSchema,
  description: textSchema.optional(),
  /** Names that mean this variant and no other. */
  aliases: z.array(nameSchema).default([]),
  /** Millions of parameters, where known. */
  parametersMillions: z.number().positive().optional(),
  /** What it was pre-trained on. */
  corpus: textSchema.optional(),
  links: z.array(linkSchema).default([]),
  released: dateSchema.optional(),
});

/** A model under its one canonical name; what others call it are aliases. */
export const modelSchema = z.strictObject({
  id: idSchema,
  name: nameSchema,
  description: textSchema.default(""),
  paper: idSchema.optional(),
  methods: z.array(idSchema).default([]),
  /** Names that mean this model without saying which variant. */
  aliases: z.array(nameSchema).default([]),
  variants: z.array(variantSchema).default([]),
});

/** Code of a paper; `paper` is missing where only its title is known. */
export const codeLinkSchema = z.strictObject({
  id: idSchema,
  paper: idSchema.optional(),
  paperTitle: textSchema.optional(),
  url: urlSchema,
  official: z.boolean().default(false),
  mentionedInPaper: z.boolean().default(false),
  mentionedInGithub: z.boolean().default(false),
  framework: nameSchema.optional(),
  /** What it holds: `weights`, `fine-tuning`, ... */
  holds: textSchema.optional(),
  extra: extraSchema.optional(),
});

export type Area = z.infer<typeof areaSchema>;
export type Task = z.infer<typeof taskSchema>;
export type Dataset = z.infer<typeof datasetSchema>;
export type Paper = z.infer<typeof paperSchema>;
export type Method = z.infer<typeof methodSchema>;
export type Variant = z.infer<typeof variantSchema>;
export type Model = z.infer<typeof modelSchema>;
export type CodeLink = z.infer<typeof codeLinkSchema>;
