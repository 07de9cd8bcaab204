// The catalogue's web application: API, exports, badges, feeds and pages on one store. It knows no server; whoever mounts it puts
// limits, tokens and errors around it (decision note 20).

import { Hono } from "hono";
import { addApi } from "./api/index.ts";
import { addBadgeRoutes } from "./badges.ts";
import type { CatalogueSite, RouteEnvironment } from "./environment.ts";
import { addExportRoutes } from "./export.ts";
import { addFeedRoutes } from "./feeds.ts";
import { addAboutPages, errorPage } from "./pages/about.tsx";
import { addEntityPages } from "./pages/entities.tsx";
import { addLeaderboardPage } from "./pages/leaderboard.tsx";
import { addListPages } from "./pages/lists.tsx";
import { addMeasuredPage } from "./pages/measured.tsx";
import { addResultPage } from "./pages/result.tsx";
import { addRunPages } from "./pages/run.tsx";
import { STYLE } from "./pages/style.ts";
import { addWorkflowPages } from "./pages/workflow.tsx";

export interface CatalogueWeb {
  routes: Hono<RouteEnvironment>;
  /** The page for an error, for people. */
  errorPage: typeof errorPage;
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b57a4"/><path d="M6 25V19h6v-6h7V8h7" fill="none" stroke="#fff" stroke-width="3"/></svg>';

/** Builds the application on a store. */
export function catalogueWeb(site: CatalogueSite): CatalogueWeb {
  const app = new Hono<RouteEnvironment>({ strict: false });
  const document = addApi(app, site);
  const cached = { "Cache-Control": "public, max-age=3600" };
  app.get("/assets/style.css", (c) => c.body(STYLE, 200, { "Content-Type": "text/css; charset=utf-8", ...cached }));
  app.get("/assets/icon.svg", (c) => c.body(ICON, 200, { "Content-Type": "image/svg+xml", ...cached }));
  app.get("/robots.txt", (c) =>
    c.text("User-agent: *\nDisallow: /api/\nDisallow: /export/\nDisallow: /compare\nDisallow: /search\n"),
  );
  // Files before pages: `/benchmark/ID.csv` is no benchmark of that name.
  addExportRoutes(app, site);
  addBadgeRoutes(app, site);
  addFeedRoutes(app, site);
  addListPages(app, site);
  addLeaderboardPage(app, site);
  addEntityPages(app, site);
  addMeasuredPage(app, site);
  addResultPage(app, site);
  addRunPages(app, site);
  addWorkflowPages(app, site);
  addAboutPages(app, site, document);
  return { routes: app, errorPage };
}
