// A paper: its claims, links and tasks; its results row for row as published, with the flaws shown; code and related papers.

import type { CodeLink } from "../../schema/index.ts";
import type { ResultView } from "../../store/types.ts";
import { type CatalogueApp, type CatalogueSite, found } from "../environment.ts";
import { page } from "./layout.tsx";
import {
  FlagNotes,
  FlagTags,
  Heads,
  Markdown,
  ModelName,
  OriginTags,
  Outside,
  Table,
  ValueText,
  counted,
} from "./parts.tsx";

import { ModelResults } from "./models.tsx";

/** Adds `/paper/ID`. */
export function addPaperPage(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/paper/:id", async (c) => {
    const id = c.req.param("id");
    const { paper, tasks, methods, codeLinks, datasets, results, related } = found(
      await store.paperPage(id),
      "paper",
      id,
    );
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
            {[
              paper.date,
              paper.arxivId === undefined ? undefined : `arXiv ${paper.arxivId}`,
              paper.doi === undefined ? undefined : `doi ${paper.doi}`,
              paper.conference ?? paper.proceeding,
            ]
              .filter((part) => part !== undefined)
              .join(" · ")}
          </p>
          <ul class="tags">
            {paper.urlAbstract === undefined ? null : (
              <li>
                <Outside href={paper.urlAbstract} look="tag">
                  Paper
                </Outside>
              </li>
            )}
            {paper.urlPdf === undefined ? null : (
              <li>
                <Outside href={paper.urlPdf} look="tag">
                  PDF
                </Outside>
              </li>
            )}
            {codeLinks.length === 0 ? null : (
              <li>
                <a class="tag" href="#code">{`Code (${codeLinks.length})`}</a>
              </li>
            )}
            {related.length === 0 ? null : (
              <li>
                <a class="tag" href="#related">
                  Related papers
                </a>
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
              {paper.sourceUrl === undefined ? <p class="small quiet">Told in this catalogue's own words.</p> : null}
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
          {isArchive ? (
            <p class="small quiet">
              Rows marked archive: Papers With Code archive, CC BY-SA 4.0, values as published there.
            </p>
          ) : null}
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
    <Table
      caption="Results, value by value, as published"
      head={
        <Heads names={["Task", "Dataset", "Metric", "#Value", "Model", "#Rank", "Extra data", "Source", "Flaws"]} />
      }
    >
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
            <Outside href={link.url}>{link.url.replace(/^https?:\/\//, "")}</Outside>{" "}
            {link.official ? <span class="tag good">official</span> : null}{" "}
            <span class="quiet small">
              {[link.holds, link.framework].filter((part) => part !== undefined && part !== "none").join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
