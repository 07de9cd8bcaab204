// About (whose data this is, how to take all of it along), the API's page made from its OpenAPI document, and errors.

import type { ApiDocument, ApiOperation, JsonSchema } from "../api/index.ts";
import { type CatalogueApp, type CatalogueSite, baseUrlOf } from "../environment.ts";
import { EXPORTED } from "../export.ts";
import { barePage, page } from "./layout.tsx";
import { Heads, Outside, Table } from "./parts.tsx";

/** Adds `/about` and `/api/docs`. */
export function addAboutPages(
  app: CatalogueApp,
  site: CatalogueSite,
  document: (base: string) => ApiDocument,
): void {
  app.get("/about", async (c) => {
    const counts = await site.store.counts();
    const bySource = await Promise.all(
      (["archive", "paper", "measured", "submitted", "imported"] as const).map(async (origin) => {
        const { count, isCapped } = await site.store.list("result", { origin, limit: 1 });
        return [origin, count, isCapped] as const;
      }),
    );
    return page(c, {
      title: "About",
      children: (
        <>
          <h1>About this catalogue</h1>
          <p>
            It keeps published results of biomedical text mining with where they stand, which version of which model
            made them and by which protocol, and puts beside them what the biobert project measured itself. What looks
            wrong in a published row is not mended in silence: the row stays as it was published, the flaw is shown, and
            ranking uses the value on its metric's own scale.
          </p>
          <h2>Whose data</h2>
          <ul>
            <li>
              Rows of the source <em>archive</em> are from the Papers With Code archive, licensed{" "}
              <Outside href="https://creativecommons.org/licenses/by-sa/4.0/">CC BY-SA 4.0</Outside>; changed here:
              names made canonical, values put on one scale beside the published text, flaws noted. Passing them on
              takes the same licence and this attribution.
            </li>
            <li>
              Numbers of the source paper were typed in from the papers named beside them. Abstracts are told in this
              project's own words.
            </li>
            <li>Measured results are this project's own; each has its record.</li>
          </ul>
          <Table caption="Results by source" head={<Heads names={["Source", "#Results"]} />}>
            {bySource.map(([origin, count, isCapped]) => (
              <tr>
                <th scope="row">{origin}</th>
                <td class="n">{`${isCapped === true ? "more than " : ""}${count.toLocaleString("en-US")}`}</td>
              </tr>
            ))}
          </Table>
          <h2>Take it along</h2>
          <Table caption="Everything, as it is now" head={<Heads names={["What", "#How many", "JSON", "CSV"]} />}>
            {EXPORTED.map((kind) => (
              <tr>
                <th scope="row">{kind}</th>
                <td class="n">{counts[kind].toLocaleString("en-US")}</td>
                <td>
                  <a href={`/export/${kind}.json`}>{`${kind}.json`}</a>
                </td>
                <td>
                  <a href={`/export/${kind}.csv`}>{`${kind}.csv`}</a>
                </td>
              </tr>
            ))}
          </Table>
          <p>
            Programs use <a href="/api/docs">the API</a>, which Papers With Code's own Python client speaks. Whole
            catalogues move with <code>biobert results export</code> and <code>biobert results import</code>.
          </p>
        </>
      ),
    });
  });
  app.get("/api/docs", (c) => {
    const api = document(baseUrlOf(c, site));
    const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))];
    return page(c, {
      title: "API",
      children: (
        <>
          <h1>{api.info.title}</h1>
          <p class="lead">{api.info.description}</p>
          <p>
            <a href="/api/openapi.json">OpenAPI document</a>. Reading needs no token; writing takes one, sent as{" "}
            <code>Authorization: Bearer TOKEN</code> or <code>Authorization: Token TOKEN</code>. Lists come in pages:{" "}
            <code>?page=2&amp;items_per_page=50</code>. Errors are problem details (RFC 9457).
          </p>
          <pre>
            <code>{`from paperswithcode import PapersWithCodeClient\nclient = PapersWithCodeClient(url="${baseUrlOf(c, site)}")\nclient.paper_list(q="BioBERT")`}</code>
          </pre>
          {tags.map((tag) => (
            <section aria-labelledby={`tag-${tag}`}>
              <h2 id={`tag-${tag}`}>{tag}</h2>
              {operations
                .filter(({ operation }) => operation.tags?.includes(tag))
                .map(({ path, method, operation }) => (
                  <Operation path={path} method={method} operation={operation} />
                ))}
            </section>
          ))}
        </>
      ),
    });
  });
}

function Operation({ path, method, operation }: { path: string; method: string; operation: ApiOperation }) {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const parameters = operation.parameters ?? [];
  return (
    <details>
      <summary>
        <code>{`${method.toUpperCase()} ${path}`}</code> {operation.summary}{" "}
        {operation.security === undefined ? null : <span class="tag">token</span>}
      </summary>
      {parameters.length === 0 ? null : (
        <ul>
          {parameters.map((each) => (
            <li>
              <code>{each.name}</code>{" "}
              <span class="quiet">{`${each.in}, ${String(each.schema?.type ?? "text")}${each.required === true ? ", needed" : ""}`}</span>
            </li>
          ))}
        </ul>
      )}
      {body === undefined ? null : <Fields schema={body} />}
      <p class="small quiet">
        {Object.entries(operation.responses)
          .map(([status, { description }]) => `${status}: ${description}`)
          .join(" · ")}
      </p>
    </details>
  );
}

function Fields({ schema }: { schema: JsonSchema }) {
  if (schema.properties === undefined)
    return <p class="small">{`Body: ${schema.$ref?.split("/").pop() ?? "a JSON object"}`}</p>;
  return (
    <>
      <p class="small">Body, JSON:</p>
      <ul>
        {Object.entries(schema.properties).map(([name, each]) => (
          <li>
            <code>{name}</code>{" "}
            <span class="quiet">{`${[each.type ?? each.$ref?.split("/").pop() ?? "value"].flat().join(" or ")}${schema.required?.includes(name) === true ? ", needed" : ""}`}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The page for an error: what is wrong, what to do, and the id to name when asking. */
export function errorPage(problem: {
  status: number;
  title: string;
  detail: string;
  hint?: string;
  requestId?: string;
  errors?: readonly { field: string; message: string }[];
}): string {
  return barePage({
    title: problem.title,
    children: (
      <>
        <h1>{problem.title}</h1>
        <p>{problem.detail}</p>
        {problem.errors === undefined ? null : (
          <ul>
            {problem.errors.map(({ field, message }) => (
              <li>{`${field}: ${message}`}</li>
            ))}
          </ul>
        )}
        {problem.hint === undefined ? null : <p>{problem.hint}</p>}
        {problem.status === 401 ? (
          <p>
            <a href="/sign-in">Sign in</a>
          </p>
        ) : null}
        <p>
          <a href="/">Home</a> · <a href="/search">Search</a>
        </p>
        <p class="small quiet">{`${problem.status}${problem.requestId === undefined ? "" : `, request ${problem.requestId}`}`}</p>
      </>
    ),
  });
}
