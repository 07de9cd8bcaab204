// How the API's routes are declared: each once, with its OpenAPI description, its checks and its answer. Lists come in pages,
// `{count, next, previous, results}`, as Papers With Code's API v1 has them.

import { OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import { BiobertError } from "../../../core/index.ts";
import type { Listed, PageRequest } from "../../store/types.ts";
import { type CatalogueSite, type RouteContext, type RouteEnvironment, baseUrlOf } from "../environment.ts";

export type Api = OpenAPIHono<RouteEnvironment>;

/** Entries of a page at most. */
const LARGEST_PAGE = 500;

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string(),
    hint: z.string().optional(),
    requestId: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");

const pageQuery = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  items_per_page: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(50),
};

type Strings = Record<string, string | undefined>;

interface Described {
  /** With parameters in braces: `/papers/{paper_id}`. */
  path: string;
  summary: string;
  tag: string;
}

/** An application whose refusals of a request's content are `fields-invalid`, field by field. */
export function newApi(): Api {
  return new OpenAPIHono<RouteEnvironment>({
    strict: false,
    defaultHook: (result, c) => {
      if (result.success) return;
      const fields = result.error.issues.map(({ path, code, message }) => ({ field: path.join("."), code, message }));
      throw new BiobertError({
        code: c.req.method === "GET" ? "usage" : "fields-invalid",
        message: `the request is not right: ${fields.map(({ field, message }) => `${field || "body"}: ${message}`).join("; ")}`,
        fields,
        hint: "See /api/docs for what this route takes.",
      });
    },
  });
}

/** `GET` of a list: filters as text, pages, an item's schema. */
export function listRoute<Item>(
  api: Api,
  site: CatalogueSite,
  route: Described & { item: z.ZodType; filters?: Record<string, z.ZodType> },
  find: (query: Strings, parameters: Strings, page: Required<PageRequest>, c: RouteContext) => Promise<Listed<Item>>,
): void {
  const described = createRoute({
    method: "get",
    path: route.path,
    summary: route.summary,
    tags: [route.tag],
    request: { query: z.object({ ...route.filters, ...pageQuery }), ...parametersOf(route.path) },
    responses: {
      200: {
        description: "A page of the list",
        content: {
          "application/json": {
            schema: z.object({
              count: z.number().int(),
              next: z.string().nullable(),
              previous: z.string().nullable(),
              results: z.array(route.item),
            }),
          },
        },
      },
      ...problems(400, 404),
    },
  });
  api.openapi(described, (async (c: RouteContext) => {
    const query = c.req.valid("query" as never) as { page: number; items_per_page: number } & Strings;
    const { page, items_per_page: limit, ...filters } = query;
    const { count, items } = await find(filters, c.req.param() as Strings, { limit, offset: (page - 1) * limit }, c);
    const to = (wanted: number): string => {
      const url = new URL(c.req.url);
      url.searchParams.set("page", String(wanted));
      return `${baseUrlOf(c, site)}${url.pathname}${url.search}`;
    };
    return c.json({
      count,
      next: page * limit < count ? to(page + 1) : null,
      previous: page > 1 ? to(page - 1) : null,
      results: items,
    });
  }) as never);
}

/** `GET` of one thing. */
export function getRoute<Item>(
  api: Api,
  route: Described & { item: z.ZodType },
  find: (parameters: Strings, c: RouteContext) => Promise<Item>,
): void {
  const described = createRoute({
    method: "get",
    path: route.path,
    summary: route.summary,
    tags: [route.tag],
    request: parametersOf(route.path),
    responses: { 200: json(route.item, "Found"), ...problems(404) },
  });
  api.openapi(described, (async (c: RouteContext) =>
    c.json((await find(c.req.param() as Strings, c)) as never)) as never);
}

/** `POST`, `PATCH` or `DELETE`; a route without an answer gives 204. */
export function writeRoute<Body, Answer>(
  api: Api,
  route: Described & {
    method: "post" | "patch" | "delete";
    body?: z.ZodType<Body>;
    answer?: z.ZodType;
    status?: 200 | 201 | 202;
  },
  act: (body: Body, parameters: Strings, c: RouteContext) => Promise<Answer>,
): void {
  const status = route.answer === undefined ? 204 : (route.status ?? (route.method === "post" ? 201 : 200));
  const described = createRoute({
    method: route.method,
    path: route.path,
    summary: route.summary,
    tags: [route.tag],
    security: [{ token: [] }],
    request: {
      ...parametersOf(route.path),
      ...(route.body === undefined
        ? {}
        : { body: { required: true, content: { "application/json": { schema: route.body } } } }),
    },
    responses: {
      [status]: route.answer === undefined ? { description: "Done" } : json(route.answer, "Done"),
      ...problems(400, 401, 403, 404, 409, 422, 429),
    },
  });
  api.openapi(described, (async (c: RouteContext) => {
    const body = (route.body === undefined ? undefined : c.req.valid("json" as never)) as Body;
    const answer = await act(body, c.req.param() as Strings, c);
    return route.answer === undefined ? c.body(null, 204) : c.json(answer as never, status as 200);
  }) as never);
}

function parametersOf(path: string): { params?: z.ZodObject } {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  if (names.length === 0) return {};
  return { params: z.object(Object.fromEntries(names.map((name) => [name, z.string().max(500)]))) };
}

function json(schema: z.ZodType, description: string) {
  return { description, content: { "application/json": { schema } } };
}

const PROBLEM_NAMES: Readonly<Record<number, string>> = {
  400: "The request cannot be read",
  401: "No token, or one that is not valid",
  403: "The token's role is too low",
  404: "Not found",
  409: "Changed in the meantime, there already, or still referred to",
  422: "Fields that are not right, each named",
  429: "Too many requests",
};

function problems(...statuses: number[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: PROBLEM_NAMES[status] ?? "Failed",
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}
