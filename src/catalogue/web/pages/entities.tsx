// One page each: a paper (its row of results as published, with the flaws shown), a dataset, a method, a model, models compared.

import type { Hono } from "hono";
import { BiobertError } from "../../../core/index.ts";
import type { CodeLink } from "../../schema/index.ts";
import type { ResultView } from "../../store/types.ts";
import { type CatalogueSite, type RouteEnvironment, found } from "../environment.ts";
import { page } from "./layout.tsx";
import { TableCards } from "./lists.tsx";
import { FlagNotes, FlagTags, Heads, Markdown, ModelName, OriginTags, Outside, PaperLink, Table, ValueText, counted } from "./parts.tsx";

/** Adds `/paper/ID`, `/dataset/ID`, `/method/ID`, `/model/ID` and `/compare`. */
export function addEntityPages(app: Hono<RouteEnvironment>, site: CatalogueSite): void {
  addPaperPage(app, site);
  addDatasetPage(app, site);
  addMethodPage(app, site);
  addModelPages(app, site);
}

function addPaperPage(app: Hono<RouteEnvironment>, { store }: CatalogueSite): void {
  app.get("/paper/:id", async (c) => {
    const id = c.req.param("id");
    const { paper, tasks, methods, codeLinks, datasets, results, related } = found(await store.paperPage(id), "paper", id);
    const isArchive = results.some(({ result }) => result.origin === "archive");
    const others = results.filter(({ result }) => result.origin !== "archive");
    return page(c, {
      title: paper.title,
      description: paper.claims?.join(" ") ?? paper.shortAbstract,
      children: (
        <>
          <p class="crumbs">
            <a href="/papers">Papers</a>
          </p>
          <h1>{paper.title}</h1>
          <p>{paper.authors.join(", ")}</p>
          <p class="quiet">
            {[paper.date, paper.arxivId === undefined ? undefined : `arXiv ${paper.arxivId}`, paper.doi === undefined ? undefined : `doi ${paper.doi}`, paper.conference ?? paper.proceeding]
              .filter((part) => part !== undefined)
              .join(" · ")}
          </p>
          <ul class="tags">
            {paper.urlAbstract === undefined ? null : (
              <li>
                <Outside href={paper.urlAbstract}>Paper</Outside>
              </li>
            )}
            {paper.urlPdf === undefined ? null : (
              <li>
                <Outside href={paper.urlPdf}>PDF</Outside>
              </li>
            )}
            {codeLinks.length === 0 ? null : (
              <li>
                <a href="#code">{`Code (${codeLinks.length})`}</a>
              </li>
            )}
            {related.length === 0 ? null : (
              <li>
                <a href="#related">Related papers</a>
              </li>
            )}
          </ul>
          {paper.claims === undefined || paper.claims.length === 0 ? null : (
            <>
              <h2>What the abstract claims</h2>
              <ul>
                {paper.claims.map((claim) => (
                  <li>{claim}</li>
                ))}
              </ul>
            </>
          )}
          {paper.abstract === "" ? null : (
            <>
              <h2>Abstract</h2>
              <Markdown text={paper.abstract} />
            </>
          )}
          {tasks.length === 0 ? null : (
            <>
              <h2>Tasks</h2>
              <ul class="tags">
                {tasks.map((task) => (
                  <li>
                    <a class="tag" href={`/task/${task.id}`}>
                      {task.name}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
          <h2 id="results">{`Results (${results.length})`}</h2>
          {results.length === 0 ? <p class="quiet">None yet.</p> : null}
          {isArchive ? <PaperResults results={results.filter(({ result }) => result.origin === "archive")} /> : null}
          {others.length === 0 ? null : (
            <details open={!isArchive || others.length <= 12}>
              <summary>{`${isArchive ? "Beside these: " : ""}${counted(others.length, "result")} from papers, submissions and measurements`}</summary>
              <ModelResults caption="Results told of this paper elsewhere" views={others} withModel />
            </details>
          )}
          {isArchive ? <p class="small quiet">Rows marked archive: Papers With Code archive, CC BY-SA 4.0, values as published there.</p> : null}
          <FlagNotes views={results} />
          <CodeList links={codeLinks} />
          {methods.length === 0 ? null : (
            <>
              <h2>Methods</h2>
              <ul class="tags">
                {methods.map((method) => (
                  <li>
                    <a class="tag" href={`/method/${method.id}`}>
                      {method.name}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
          {datasets.length === 0 ? null : (
            <>
              <h2>Datasets</h2>
              <ul class="tags">
                {datasets.map((dataset) => (
                  <li>
                    <a class="tag" href={`/dataset/${dataset.id}`}>
                      {dataset.name}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
          {related.length === 0 ? null : (
            <>
              <h2 id="related">Related papers</h2>
              <ul>
                {related.map((other) => (
                  <li>
                    <a href={`/paper/${other.id}`}>{other.title}</a> <span class="quiet small">{other.date}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      ),
    });
  });
}

/** One row for each value, as the published page has them. */
function PaperResults({ results }: { results: readonly ResultView[] }) {
  return (
    <Table caption="Results, value by value, as published" head={<Heads names={["Task", "Dataset", "Metric", "#Value", "Model", "#Rank", "Extra data", "Source", "Flaws"]} />}>
      {results.flatMap((view) => {
        const { result, table, taskName, datasetName, rank, flags } = view;
        return Object.entries(result.values).map(([id, value], index) => {
          const metric = table.metrics.find((each) => each.id === id);
          return (
            <tr class={result.origin === "measured" ? "own" : undefined}>
              <td>
                <a href={`/task/${table.task}`}>{taskName}</a>
              </td>
              <th scope="row">
                <a href={`/benchmark/${table.id}`}>{datasetName}</a>
              </th>
              <td>{metric?.name ?? id}</td>
              <td class="n">
                <strong>{value.published}</strong>
                {value.scale === undefined || value.value === undefined ? null : (
                  <>
                    <br />
                    <span class="quiet small">
                      {"= "}
                      <ValueText value={{ published: String(value.value), value: value.value }} metric={metric} />
                    </span>
                  </>
                )}
              </td>
              <td>
                <ModelName view={view} />
              </td>
              <td class="n">{index === 0 && metric?.id === table.metrics[0]?.id ? (rank ?? "–") : "–"}</td>
              <td>{result.extraData ? "yes" : "no"}</td>
              <td>
                <OriginTags view={view} />
              </td>
              <td>
                <FlagTags flags={flags} />
              </td>
            </tr>
          );
        });
      })}
    </Table>
  );
}

function CodeList({ links }: { links: readonly CodeLink[] }) {
  if (links.length === 0) return null;
  return (
    <section aria-labelledby="code">
      <h2 id="code">Code</h2>
      <ul>
        {links.map((link) => (
          <li>
            <Outside href={link.url}>{link.url.replace(/^https?:\/\//, "")}</Outside> {link.official ? <span class="tag good">official</span> : null}{" "}
            <span class="quiet small">{[link.holds, link.framework].filter((part) => part !== undefined && part !== "none").join(", ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function addDatasetPage(app: Hono<RouteEnvironment>, { store }: CatalogueSite): void {
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
      ...Object.entries(dataset.counts ?? {}).map(([name, count]): [string, string] => [name, count.toLocaleString("en-US")]),
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
            {[...tasks.map((task) => ["task", task] as const), ...parts.items.map((part) => ["dataset", part] as const)].map(([kind, each]) => (
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

function addMethodPage(app: Hono<RouteEnvironment>, { store }: CatalogueSite): void {
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
            {method.sourceUrl === undefined ? null : <Outside href={method.sourceUrl}>{method.sourceTitle ?? "Source"}</Outside>}{" "}
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

function addModelPages(app: Hono<RouteEnvironment>, { store }: CatalogueSite): void {
  app.get("/model/:id", async (c) => {
    const id = c.req.param("id");
    const model = found(await store.get("model", id), "model", id);
    const { items } = await store.resultViews({ model: id, limit: 1000 });
    const paper = model.paper === undefined ? undefined : await store.get("paper", model.paper);
    const groups = [
      ...model.variants.map((variant) => ({ variant, views: items.filter((view) => view.result.variant === variant.id) })),
      { variant: undefined, views: items.filter((view) => view.variant === undefined) },
    ];
    const [benchmarks, tasks] = [new Set(items.map(({ table }) => table.id)).size, new Set(items.map(({ table }) => table.task)).size];
    return page(c, {
      title: model.name,
      children: (
        <>
          <p class="crumbs">
            <a href="/models">Models</a>
          </p>
          <h1>{model.name}</h1>
          <p class="lead">{`${counted(items.length, "result")} on ${counted(benchmarks, "benchmark")} across ${counted(tasks, "task")}, each version apart.`}</p>
          <Markdown text={model.description} />
          {model.aliases.length === 0 ? null : <p class="quiet">{`Also called: ${model.aliases.join(", ")}`}</p>}
          {paper === undefined ? null : (
            <p>
              <a href={`/paper/${paper.id}`}>{paper.title}</a>
            </p>
          )}
          {groups.map(({ variant, views }) =>
            variant === undefined && views.length === 0 ? null : (
              <section aria-labelledby={variant?.id ?? "no-variant"}>
                <h2 id={variant?.id ?? "no-variant"}>{variant?.name ?? "Version not told"}</h2>
                {variant === undefined ? null : (
                  <p class="quiet">
                    {[
                      variant.parametersMillions === undefined ? undefined : `${variant.parametersMillions} million parameters`,
                      variant.corpus,
                      variant.released,
                      variant.aliases.length === 0 ? undefined : `also ${variant.aliases.join(", ")}`,
                      variant.description,
                    ]
                      .filter((part) => part !== undefined)
                      .join(" · ")}{" "}
                    {variant.links.map((link) => (
                      <Outside href={link.url}>{link.title}</Outside>
                    ))}
                  </p>
                )}
                {views.length === 0 ? <p class="quiet">No results yet.</p> : <ModelResults caption={`Results of ${variant?.name ?? model.name}`} views={views} />}
              </section>
            ),
          )}
          <FlagNotes views={items} />
        </>
      ),
    });
  });

  app.get("/compare", async (c) => {
    const wanted = [...new Set(c.req.queries("model") ?? [])].filter((text) => text !== "");
    if (wanted.length > 5) {
      throw new BiobertError({ code: "usage", message: `five models are compared at most, not ${wanted.length}`, hint: "Go back and mark fewer." });
    }
    const parsed = wanted.map((text) => {
      const [model = "", variant] = text.split(":", 2);
      return { model, ...(variant === undefined ? {} : { variant }) };
    });
    for (const { model } of parsed) found(await store.get("model", model), "model", model);
    const { models, rows } = parsed.length === 0 ? { models: [], rows: [] } : await store.compareModels(parsed);
    return page(c, {
      title: "Compare models",
      children: (
        <>
          <h1>Compare models</h1>
          {models.length < 2 ? (
            <p class="notice">
              Mark two to five models in a <a href="/sota">leaderboard</a> and press "Compare the marked models".
            </p>
          ) : (
            <>
              <p class="lead">Tables in which at least two of them have a number; the best in bold. Read the flaws: not every row was made by one protocol.</p>
              <Table caption="Models side by side" head={<Heads names={["Benchmark", "Metric", ...models.map(({ name }) => `#${name}`)]} />}>
                {rows.map(({ table, metric, values }) => {
                  const numbers = values.flatMap((view) => view?.result.values[metric.id]?.value ?? []);
                  const best = metric.isLoss ? Math.min(...numbers) : Math.max(...numbers);
                  return (
                    <tr>
                      <th scope="row">
                        <a href={`/benchmark/${table.id}`}>{table.name ?? `${values.find((view) => view !== undefined)?.taskName} on ${values.find((view) => view !== undefined)?.datasetName}`}</a>
                      </th>
                      <td>{metric.name}</td>
                      {values.map((view) => {
                        const value = view?.result.values[metric.id];
                        const text = <ValueText value={value} metric={metric} />;
                        return (
                          <td class="n">
                            {value?.value === best ? <strong>{text}</strong> : text}
                            {view !== undefined && view.flags.length > 0 ? (
                              <>
                                {" "}
                                <FlagTags flags={view.flags} />
                              </>
                            ) : null}
                          </td>
                        );
                      })}
                    </tr>
                  );
                })}
              </Table>
              {rows.length === 0 ? <p class="quiet">They have no benchmark in common.</p> : null}
              <FlagNotes views={rows.flatMap(({ values }) => values.filter((view) => view !== undefined))} />
            </>
          )}
        </>
      ),
    });
  });
}

function ModelResults({ caption, views, withModel = false }: { caption: string; views: readonly ResultView[]; withModel?: boolean }) {
  const names = ["Task", "Dataset", "Values", "#Rank", "Date", withModel ? "Model" : "Paper", "Source", "Flaws"];
  return (
    <Table caption={caption} head={<Heads names={names} />}>
      {views.map((view) => (
        <tr class={view.result.origin === "measured" ? "own" : undefined}>
          <td>
            <a href={`/task/${view.table.task}`}>{view.taskName}</a>
          </td>
          <th scope="row">
            <a href={`/benchmark/${view.table.id}`}>{view.datasetName}</a>
          </th>
          <td>
            {Object.entries(view.result.values).map(([id, value]) => {
              const metric = view.table.metrics.find((each) => each.id === id);
              return (
                <div>
                  {`${metric?.name ?? id} `}
                  <strong>
                    <ValueText value={value} metric={metric} />
                  </strong>
                </div>
              );
            })}
          </td>
          <td class="n">{view.rank ?? "–"}</td>
          <td class="d">{view.result.date ?? "–"}</td>
          <td class="w">{withModel ? <ModelName view={view} /> : <PaperLink view={view} />}</td>
          <td>
            <OriginTags view={view} />
          </td>
          <td>
            <FlagTags flags={view.flags} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
