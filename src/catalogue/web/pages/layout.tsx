// The frame of every page: navigation, search, the skip link, and a foot that says whose data it is.

import type { Child } from "hono/jsx";
import type { Role } from "../../schema/index.ts";
import type { RouteContext } from "../environment.ts";
import { callerRole } from "../environment.ts";

const NAVIGATION = [
  ["/tasks", "Tasks"],
  ["/sota", "State of the art"],
  ["/datasets", "Datasets"],
  ["/papers", "Papers"],
  ["/methods", "Methods"],
  ["/models", "Models"],
  ["/measured", "Measured"],
  ["/submit", "Submit"],
  ["/about", "About"],
] as const;

export interface PageOptions {
  title: string;
  /** One sentence for search engines. */
  description?: string;
  /** Address of a feed for this page. */
  feed?: string;
  children?: Child;
}

/** Answers with a page. */
export function page(
  c: RouteContext,
  options: PageOptions,
  status: 200 | 202 | 400 | 401 | 403 | 404 | 409 | 422 = 200,
): Response | Promise<Response> {
  const role = callerRole(c);
  // A page for somebody signed in is nobody else's.
  c.header("Cache-Control", role === undefined ? "public, max-age=0, must-revalidate" : "private, no-store");
  return c.html(documentOf(<Frame {...options} path={c.req.path} role={role} name={c.get("caller")?.name} />), status);
}

/** A whole document without a request: for errors. */
export function barePage(options: PageOptions): string {
  return documentOf(<Frame {...options} path="" />);
}

function documentOf(node: unknown): string {
  return `<!doctype html>\n${String(node)}`;
}

function Frame({
  title,
  description,
  feed,
  children,
  path,
  role,
  name,
}: PageOptions & { path: string; role?: Role; name?: string }) {
  const isReviewer = role === "reviewer" || role === "admin";
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · biobert results`}</title>
        {description === undefined ? null : <meta name="description" content={description} />}
        <link rel="stylesheet" href="/assets/style.css" />
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="alternate" type="application/atom+xml" title="New results" href={feed ?? "/feed/results.atom"} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <div>
            <a class="brand" href="/">
              biobert results
            </a>
            <nav aria-label="Main">
              <ul>
                {NAVIGATION.map(([href, text]) => (
                  <li>
                    <a
                      href={href}
                      {...(path === href || path.startsWith(`${href}/`) ? { "aria-current": "page" } : {})}
                    >
                      {text}
                    </a>
                  </li>
                ))}
                {isReviewer ? (
                  <li>
                    <a href="/review">Review</a>
                  </li>
                ) : null}
              </ul>
            </nav>
            <form class="find" action="/search" method="get" role="search">
              <input
                type="search"
                name="q"
                aria-label="Search tasks, datasets, models and papers"
                placeholder="Search"
              />
              <button>Search</button>
            </form>
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer>
          <div>
            Rows marked <em>archive</em> are from the Papers With Code archive, CC BY-SA 4.0.{" "}
            <a href="/about">About and licence</a> · <a href="/api/docs">API</a> · <a href="/feed/results.atom">Feed</a>{" "}
            · <a href="/history">History</a> ·{" "}
            {role === undefined ? <a href="/sign-in">Sign in</a> : <a href="/sign-in">{`${name ?? ""} (${role})`}</a>}
          </div>
        </footer>
      </body>
    </html>
  );
}
