// One page each for datasets and methods; papers and models have files of their own.

import { type CatalogueApp, type CatalogueSite, found } from "../environment.ts";
import { page } from "./layout.tsx";
import { addModelPages } from "./models.tsx";
import { addPaperPage } from "./paper.tsx";
import { TableCards } from "./lists.tsx";
import { Links, Markdown, Outside } from "./parts.tsx";

/** Adds `/paper/ID`, `/dataset/ID`, `/method/ID`, `/model/ID` and `/compare`. */
export function addEntityPages(app: CatalogueApp, site: CatalogueSite): void {
  addPaperPage(app, site);
  addDatasetPage(app, site);
  addMethodPage(app, site);
  addModelPages(app, site);
}

function addDatasetPage(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/dataset/:id", async (c) => {
    const id = c.req.param("id");
    const dataset = found(await store.get("dataset", id), "dataset", id);
    const [tables, tasks, parent, parts, paper] = await Promise.all([
      store.tableSummaries({ dataset: id, limit: 200 }),
      store.getMany("task", dataset.tasks),
      dataset.parent === undefined ? undefined : store.get("dataset", dataset.parent),
      store.list("dataset", { parent: id, limit: 100 }),
      dataset.paper === undefined ? undefined : store.get("paper", dataset.paper),
    ]);
    const facts: [string, string | undefined][] = [
      ["Full name", dataset.fullName],
      ["Introduced", dataset.introduced],
      ["Licence", dataset.licence],
      ["Also known as", dataset.aliases.join(", ") || undefined],
      ["Languages", dataset.languages.join(", ") || undefined],
      ["Modalities", dataset.modalities.join(", ") || undefined],
      ...Object.entries(dataset.counts ?? {}).map(([name, count]): [string, string] => [
        name,
        count.toLocaleString("en-US"),
      ]),
    ];
    return page(c, {
      title: dataset.name,
      children: (
        <>
          <p class="crumbs">
            <a href="/datasets">Datasets</a>
            {parent === undefined ? null : (
              <>
                {" › "}
                <a href={`/dataset/${parent.id}`}>{parent.name}</a>
              </>
            )}
          </p>
          <h1>{dataset.name}</h1>
          {dataset.warning === undefined ? null : <p class="notice">{dataset.warning}</p>}
          <Markdown text={dataset.description} />
          <dl class="facts">
            {facts.map(([name, text]) =>
              text === undefined ? null : (
                <>
                  <dt>{name}</dt>
                  <dd>{text}</dd>
                </>
              ),
            )}
            {paper === undefined ? null : (
              <>
                <dt>Paper</dt>
                <dd>
                  <a href={`/paper/${paper.id}`}>{paper.title}</a>
                </dd>
              </>
            )}
            {dataset.links.length === 0 ? null : (
              <>
                <dt>Described in</dt>
                <dd>
                  <Links links={dataset.links} />
                </dd>
              </>
            )}
            {dataset.homepage === undefined ? null : (
              <>
                <dt>Home</dt>
                <dd>
                  <Outside href={dataset.homepage} />
                </dd>
              </>
            )}
          </dl>
          <ul class="tags">
            {[
              ...tasks.map((task) => ["task", task] as const),
              ...parts.items.map((part) => ["dataset", part] as const),
            ].map(([kind, each]) => (
              <li>
                <a class="tag" href={`/${kind}/${each.id}`}>
                  {each.name}
                </a>
              </li>
            ))}
          </ul>
          <h2>Benchmarks</h2>
          {tables.items.length === 0 ? <p class="quiet">None yet.</p> : <TableCards summaries={tables.items} />}
        </>
      ),
    });
  });
}

function addMethodPage(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/method/:id", async (c) => {
    const id = c.req.param("id");
    const method = found(await store.get("method", id), "method", id);
    const [paper, papers] = await Promise.all([
      method.paper === undefined ? undefined : store.get("paper", method.paper),
      store.list("paper", { method: id, limit: 30 }),
    ]);
    return page(c, {
      title: method.name,
      children: (
        <>
          <p class="crumbs">
            <a href="/methods">Methods</a>
          </p>
          <h1>{method.name}</h1>
          {method.fullName === "" || method.fullName === method.name ? null : <p class="lead">{method.fullName}</p>}
          <Markdown text={method.description} />
          <p class="quiet">
            {method.introducedYear === undefined ? "" : `Introduced ${method.introducedYear}. `}
            {paper === undefined ? null : <a href={`/paper/${paper.id}`}>{paper.title}</a>}{" "}
            {method.sourceUrl === undefined ? null : (
              <Outside href={method.sourceUrl}>{method.sourceTitle ?? "Source"}</Outside>
            )}{" "}
            {method.codeSnippetUrl === undefined ? null : <Outside href={method.codeSnippetUrl}>Code</Outside>}
          </p>
          <h2>{`Papers (${papers.isCapped === true ? "more than " : ""}${papers.count})`}</h2>
          <ul>
            {papers.items.map((each) => (
              <li>
                <a href={`/paper/${each.id}`}>{each.title}</a> <span class="quiet small">{each.date}</span>
              </li>
            ))}
          </ul>
        </>
      ),
    });
  });
}
