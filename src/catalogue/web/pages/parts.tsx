// Small parts that pages share: tables that scroll by themselves, a value with what it was published as, flaws, marks, pagers.

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { formatValue } from "../../ranking.ts";
import type { Flag, FlagKind, Metric, Origin, Value } from "../../schema/index.ts";
import type { ResultView } from "../../store/types.ts";
import { markdownHtml } from "../markdown.ts";

/** A table in a frame of its own that scrolls sideways, by keyboard too, so that the page never does. */
export function Table({
  caption,
  head,
  children,
  isNarrow = false,
}: {
  caption: string;
  head: Child;
  children?: Child;
  /** As wide as what is in it, not as the page. */
  isNarrow?: boolean;
}) {
  return (
    <div class={isNarrow ? "scroll narrow" : "scroll"} role="region" aria-label={caption} tabindex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Head cells from names; a name that starts with "#" is a column of numbers. */
export function Heads({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.map((name) => (
        <th scope="col" class={name.startsWith("#") ? "n" : undefined}>
          {name.replace(/^#/, "")}
        </th>
      ))}
    </>
  );
}

/** Text in Markdown, made safe. */
export function Markdown({ text }: { text: string }) {
  return <div>{raw(markdownHtml(text))}</div>;
}

/** The number on its metric's scale; beside it the text as published, where that reads otherwise. `isBare`: the unit stands elsewhere. */
export function ValueText({
  value,
  metric,
  isBare = false,
}: {
  value: Value | undefined;
  metric: Metric | undefined;
  isBare?: boolean;
}) {
  if (value === undefined) return <span class="quiet">–</span>;
  const plain = value.value === undefined ? value.published : formatValue(value, isBare ? undefined : metric);
  const isSame =
    value.value === undefined ||
    Number(value.published) === value.value ||
    plain.replace(" %", "%") === value.published.replace(/\s/g, "");
  return (
    <>
      {plain}
      {isSame && value.scale === undefined ? null : (
        <span class="quiet small">{` (published as ${value.published})`}</span>
      )}
    </>
  );
}

const FLAG_NAMES: Readonly<Record<FlagKind, string>> = {
  "mixed-scale": "two scales",
  "two-tasks": "two tasks",
  "mixed-versions": "mixed versions",
  "not-canonical": "name not canonical",
  uncertain: "uncertain",
  "other-protocol": "other protocol",
  duplicate: "duplicate",
  "cut-link": "link cut off",
  "not-a-number": "not a number",
  disputed: "disputed",
};

/** What is wrong with a result, as links to the notes below the table. */
export function FlagTags({ flags }: { flags: readonly Flag[] }) {
  if (flags.length === 0) return <span class="quiet">–</span>;
  return (
    <>
      {flags.map((flag) => (
        <>
          <a class="tag warn" href={`#flaw-${flag.id}`} title={flag.note}>
            {FLAG_NAMES[flag.kind]}
          </a>{" "}
        </>
      ))}
    </>
  );
}

/** The notes the tags point to, each once, whatever the number of flaws that say the same. */
export function FlagNotes({ views }: { views: readonly Pick<ResultView, "flags">[] }) {
  const flags = [...new Map(views.flatMap((view) => view.flags).map((flag) => [flag.id, flag])).values()];
  if (flags.length === 0) return null;
  const groups = new Map<string, Flag[]>();
  for (const flag of flags) {
    const key = `${flag.kind}\n${flag.note}\n${flag.mend ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), flag]);
  }
  return (
    <section aria-labelledby="flaws">
      <h2 id="flaws">Flaws of these rows</h2>
      <dl class="flaws">
        {[...groups.values()].map(([flag, ...same]) => (
          <div id={`flaw-${flag!.id}`}>
            <dt>
              {same.map(({ id }) => (
                <span id={`flaw-${id}`} />
              ))}
              <span class="tag warn">{FLAG_NAMES[flag!.kind]}</span>
            </dt>
            <dd>
              {flag!.note}
              {flag!.mend === undefined ? null : <span class="quiet"> Here: {flag!.mend}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const ORIGINS: Readonly<Record<Origin, [name: string, meaning: string]>> = {
  archive: ["archive", "From the Papers With Code archive, CC BY-SA 4.0"],
  paper: ["paper", "Read in the paper named"],
  measured: ["measured", "Run by this project; the record says how"],
  submitted: ["submitted", "Sent in by a user and reviewed"],
  imported: ["imported", "From another catalogue"],
};

/** Where a row comes from, and whether it was reproduced. */
export function OriginTags({ view }: { view: Pick<ResultView, "result" | "isVerified"> }) {
  const [name, meaning] = ORIGINS[view.result.origin];
  return (
    <>
      <a class="tag" href={`/result/${view.result.id}`} title={meaning}>
        {name}
      </a>{" "}
      {view.isVerified ? (
        <span class="tag good" title="Its record was run again: the same hashes, each metric within its tolerance">
          ✓ verified
        </span>
      ) : null}
    </>
  );
}

/** The model's name as published, and under which canonical name and variant the catalogue keeps it. */
export function ModelName({ view }: { view: Pick<ResultView, "result" | "model" | "variant"> }) {
  const { result, model, variant } = view;
  if (model === undefined) return <>{result.modelName}</>;
  const canonical = variant?.name ?? model.name;
  const href = `/model/${model.id}${variant === undefined ? "" : `#${variant.id}`}`;
  if (canonical === result.modelName) return <a href={href}>{canonical}</a>;
  return (
    <>
      {result.modelName}
      <br />
      <a class="small" href={href}>
        {canonical}
      </a>
    </>
  );
}

/** The paper with its day, or what is known of it. */
export function PaperLink({ view }: { view: Pick<ResultView, "paper" | "result"> }) {
  const { paper, result } = view;
  if (paper !== undefined)
    return (
      <a class="two" href={`/paper/${paper.id}`} title={paper.title}>
        {paper.title}
      </a>
    );
  if (result.paperTitle === undefined) return <span class="quiet">–</span>;
  return result.paperUrl === undefined ? (
    <>{result.paperTitle}</>
  ) : (
    <Outside href={result.paperUrl} look="two">
      {result.paperTitle}
    </Outside>
  );
}

/** A link that leads away; stored addresses are http or https by their schema, and anything else is shown as text. */
export function Outside({ href, children, look }: { href: string; children?: Child; look?: string }) {
  if (!/^https?:\/\//i.test(href)) return <>{children ?? href}</>;
  return (
    <a href={href} class={look} rel="nofollow noopener external">
      {children ?? href}
    </a>
  );
}

/** Links that lead away, one under the other. */
export function Links({ links }: { links: readonly { url: string; title?: string }[] }) {
  return (
    <>
      {links.map((link) => (
        <div>
          <Outside href={link.url}>{link.title || link.url}</Outside>
        </div>
      ))}
    </>
  );
}

/** Earlier and later pages of a list; keeps the other parameters of the address. */
export function Pager({
  url,
  page,
  size,
  count,
  isCapped,
}: {
  url: string;
  page: number;
  size: number;
  count: number;
  isCapped?: boolean;
}) {
  const pages = Math.max(1, Math.ceil(count / size));
  const to = (wanted: number): string => {
    const address = new URL(url);
    address.searchParams.set("page", String(wanted));
    return `${address.pathname}${address.search}`;
  };
  if (pages === 1 && page === 1) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {page > 1 ? (
        <a href={to(page - 1)} rel="prev">
          ← Earlier
        </a>
      ) : null}
      <span class="quiet">{`Page ${page} of ${isCapped === true ? "more than " : ""}${pages}`}</span>
      {page < pages ? (
        <a href={to(page + 1)} rel="next">
          Later →
        </a>
      ) : null}
    </nav>
  );
}

/** `1,234`, with a word in the right number. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
