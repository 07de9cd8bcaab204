// The API as one application: Papers With Code's v1 under /api/v1, the catalogue's own under /api/catalogue, and the OpenAPI
// document of both.

import { cors } from "hono/cors";
import { VERSION } from "../../../core/index.ts";
import { type CatalogueApp, type CatalogueSite, baseUrlOf } from "../environment.ts";
import { newApi } from "./define.ts";
import { addMetricRoutes, addResultRoutes, addTableRoutes } from "./evaluations.ts";
import { addPaperRoutes, addPeopleRoutes, addRepositoryRoutes, addSubjectRoutes } from "./read.ts";
import { addDatasetWriteRoutes, addTaskWriteRoutes } from "./subjects-write.ts";
import { addHistoryRoutes, addSubmissionRoutes } from "./submissions.ts";
import { addSynchronizeRoute } from "./synchronize.ts";

/** An OpenAPI document, as far as its page reads it. */
export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, ApiOperation>>;
}

export interface ApiOperation {
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema?: { type?: string; default?: unknown } }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>;
}

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  required?: string[];
}

/** Mounts the API into `app`; gives the document for its page. */
export function addApi(app: CatalogueApp, site: CatalogueSite): (base: string) => ApiDocument {
  const v1 = newApi();
  addPaperRoutes(v1, site);
  addRepositoryRoutes(v1, site);
  addPeopleRoutes(v1, site);
  addSubjectRoutes(v1, site);
  addTaskWriteRoutes(v1, site);
  addDatasetWriteRoutes(v1, site);
  addTableRoutes(v1, site);
  addMetricRoutes(v1, site);
  addResultRoutes(v1, site);
  addSynchronizeRoute(v1, site);
  const own = newApi();
  addSubmissionRoutes(own, site);
  addHistoryRoutes(own, site);

  const api = newApi();
  api.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  api.route("/api/v1", v1);
  api.route("/api/catalogue", own);
  const document = (base: string): ApiDocument =>
    api.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "biobert results catalogue",
        version: VERSION,
        description: "Papers With Code's API v1, and the catalogue's own routes for submissions, review and history.",
      },
      servers: [{ url: base }],
    }) as unknown as ApiDocument;

  // Anybody's page may read; a token in another page's hands may not.
  app.use(
    "/api/*",
    cors({ origin: "*", allowMethods: ["GET", "HEAD", "OPTIONS"], exposeHeaders: ["X-Request-Id", "ETag"] }),
  );
  app.get("/api/openapi.json", (c) => c.json(document(baseUrlOf(c, site))));
  app.route("/", api);
  return document;
}
