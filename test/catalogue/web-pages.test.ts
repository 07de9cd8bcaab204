// The catalogue's pages without a browser: what they show, that they work by address and form alone, and that nothing which
// people wrote becomes script, SQL or a path.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runOf } from "../../src/catalogue/index.ts";
import { markdownHtml } from "../../src/catalogue/web/markdown.ts";
import { badge } from "../../src/catalogue/web/badges.ts";
import { csvLine } from "../../src/catalogue/web/export.ts";
import type { ResultRecordV2 } from "../../src/evaluation/index.ts";
import { ADMIN } from "./backends.ts";
import { sampleRecord, sampleResult } from "./sample.ts";
import { goodSubmission, useWeb } from "./web.ts";

const web = useWeb();
const TABLE = "ner-on-tiny-disease";
const PAGES = [
  "/",
  "/tasks",
  "/task/ner",
  "/sota",
  "/datasets",
  "/dataset/tiny-disease",
  "/papers",
  "/paper/paper-a",
  "/methods",
  "/method/bert",
  "/models",
  "/model/tiny",
  `/benchmark/${TABLE}`,
  `/benchmark/${TABLE}?view=size`,
  "/compare?model=tiny:tiny-v1.0&model=tiny:tiny-v1.1",
  "/measured",
  "/result/first",
  "/search?q=maladies",
  `/submit?table=${TABLE}`,
  "/sign-in",
  "/history",
  "/about",
  "/api/docs",
];

describe("pages", () => {
  it.each(PAGES)("%s is one well-made document without script", async (path) => {
    const { status, html } = await web.page(path);
    expect(status).toBe(200);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toMatch(/<title>[^<]+ · biobert results<\/title>/);
    expect(html.match(/<h1[ >]/g)).toHaveLength(1);
    expect(html.match(/<main/g)).toHaveLength(1);
    expect(html).toContain('<a class="skip" href="#main">');
    expect(html).not.toMatch(/<script|\son\w+=|style="|\[object |undefined|NaN/);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    // Every cell of a head says what it is the head of, every field has a name.
    expect([...html.matchAll(/<th(?![^>]*scope=)[ >]/g)]).toEqual([]);
    for (const [, id] of html.matchAll(/<(?:select|textarea) id="([^"]+)"/g)) expect(html).toContain(`for="${id}"`);
  });

  it("lead only to pages that are there", async () => {
    const seen = new Set(PAGES);
    const links = new Set<string>();
    for (const path of PAGES) {
      for (const [, href] of (await web.page(path)).html.matchAll(/(?:href|src)="(\/[^"#]*)/g)) {
        const address = href!.replaceAll("&amp;", "&");
        if (!seen.has(address)) links.add(address);
      }
    }
    expect(links.size).toBeGreaterThan(15);
    const broken: string[] = [];
    for (const href of links) if ((await web.page(href)).status >= 400) broken.push(href);
    expect(broken.filter((href) => href !== "/review")).toEqual([]);
  });

  it("rank by value in the metric's direction, and say so by address", async () => {
    const order = async (query: string) => {
      const { html } = await web.page(`/benchmark/${TABLE}?${query}`);
      return [...html.matchAll(/<tr id="row-([\w-]+)"/g)].map((match) => match[1]);
    };
    expect(await order("")).toEqual(["second", "third", "first", "text-only"]);
    expect(await order("order=oldest")).toEqual(["first", "second", "third", "text-only"]);
    expect(await order("hide_extra=1")).toEqual(["third", "first", "text-only"]);
    expect(await order("metric=latency")).toEqual(["first", "second", "third", "text-only"]);
    expect(await order("model=SECO")).toEqual(["second"]);
    expect(await order("verified=1")).toEqual([]);
    expect(await order("order=no-such&metric=no-such&view=no-such&page=-1")).toEqual([
      "second",
      "third",
      "first",
      "text-only",
    ]);
  });

  it("draw the staircase, the flaws and the versions", async () => {
    const { html } = await web.page(`/benchmark/${TABLE}`);
    expect(html).toMatch(/state of the art: first 80, second 85\./);
    expect(html).toContain("Recalled, not looked up.");
    expect((await web.page("/model/tiny")).html).toMatch(/Tiny v1\.0[\s\S]*Tiny v1\.1/);
    expect((await web.page("/compare?model=a&model=b&model=c&model=d&model=e&model=f")).status).toBe(400);
    expect((await web.page("/compare?model=tiny:tiny-v1.0&model=tiny:tiny-v1.1")).html).toMatch(
      /<strong>85 %<\/strong>/,
    );
  });

  it("answer errors with a page that names the request", async () => {
    const { status, html, headers } = await web.page("/paper/none");
    expect(status).toBe(404);
    expect(html).toContain(headers.get("X-Request-Id"));
  });
});

describe("exports, feeds and badges", () => {
  it("give every kind but submissions, as JSON and CSV", async () => {
    expect(JSON.parse((await web.page("/export/paper.json")).html)).toHaveLength(2);
    const csv = (await web.page("/export/result.csv")).html.trimEnd().split("\r\n");
    expect(csv[0]).toMatch(/^id,table,modelName/);
    expect(csv).toHaveLength(5);
    expect((await web.page("/export/submission.json")).status).toBe(404);
    expect((await web.page("/export/../token.json")).status).toBe(404);
    const board = JSON.parse((await web.page(`/benchmark/${TABLE}.json`)).html);
    expect(board.rows.map(({ rank }: { rank?: number }) => rank)).toEqual([1, 2, 3, undefined]);
    expect((await web.page(`/benchmark/${TABLE}.csv`)).html).toMatch(/^rank,model/);
    const tag = (await web.page("/export/paper.csv")).headers.get("ETag")!;
    expect((await web.page("/export/paper.csv", { headers: { "If-None-Match": tag } })).status).toBe(304);
  });

  it("write cells that no spreadsheet runs and that read back the same", () => {
    expect(csvLine(["=1+1", "@x", "-5", -5, 'a"b', "c,d", "e\nf", null, { g: 1 }])).toBe(
      `'=1+1,'@x,-5,-5,"a""b","c,d","e\nf",,"{""g"":1}"\r\n`,
    );
  });

  it("are well-formed whatever a model is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (name) => {
        const svg = badge(name, name, "#444");
        expect(svg.match(/</g)!.length).toBe(badge("x", "x", "#444").match(/</g)!.length);
      }),
      { numRuns: 200, seed: 20 },
    );
  });

  it("tell what is new, newest first", async () => {
    const feed = JSON.parse((await web.page("/feed/results.json")).html);
    expect(feed.items).toHaveLength(4);
    const atom = (await web.page(`/feed/results.atom?table=${TABLE}`)).html;
    expect(atom.match(/<entry>/g)).toHaveLength(4);
    expect((await web.page("/feed/results.json?table=none")).html).toContain('"items":[]');
  });
});

const EVIL = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'; drop table result; --`,
  `\${7*7}{{7*7}}`,
  `</title></svg><script>alert(1)</script>`,
];

describe("attacks", () => {
  it("script in names, descriptions and notes is shown as text on every page, badge and feed", async () => {
    const evil = EVIL.join(" ");
    await web.store.change({ actor: ADMIN, action: "import", reason: evil }, async (writer) => {
      await writer.put("task", [
        {
          id: "evil-task",
          name: evil,
          description: `[x](javascript:alert(1)) ${evil}`,
          areas: [],
          parents: ["ner"],
          aliases: [evil],
        },
      ]);
      await writer.put("dataset", [
        {
          ...(await writer.get("dataset", "tiny-disease"))!,
          id: "evil-set",
          name: evil,
          fullName: evil,
          description: evil,
          warning: evil,
        },
      ]);
      await writer.put("table", [
        {
          id: "evil-table",
          task: "evil-task",
          dataset: "evil-set",
          description: evil,
          metrics: [{ id: "m", name: evil, definition: evil, unit: "number", isLoss: false }],
          links: [],
        },
      ]);
      await writer.put("result", [
        sampleResult("evil-1", 0, {
          table: "evil-table",
          modelName: evil,
          values: { m: { published: evil.slice(0, 90), value: 1 } },
          date: "2020-01-01",
          paperTitle: evil,
          source: { note: evil },
        }),
        sampleResult("evil-2", 0, {
          table: "evil-table",
          modelName: evil,
          values: { m: { published: "2", value: 2 } },
          date: "2021-01-01",
        }),
      ]);
      await writer.put("flag", [{ id: "evil-flag", kind: "uncertain", results: ["evil-1"], note: evil, mend: evil }]);
    });
    for (const path of [
      "/",
      "/tasks",
      "/task/evil-task",
      "/sota",
      "/datasets",
      "/dataset/evil-set",
      "/benchmark/evil-table",
      "/result/evil-1",
      "/history",
      `/search?q=${encodeURIComponent(evil)}`,
      "/submit?table=evil-table",
      "/badge/result/evil-2.svg",
      "/feed/results.atom",
    ]) {
      const { status, html } = await web.page(path);
      expect([path, status]).toEqual([path, 200]);
      expect(html).not.toMatch(/<script|<img src=x|href="javascript:|<svg[^>]*>[^<]*<\/title><\/svg><script/i);
      // Inside tags nothing of it either: no attribute that listens.
      const bare = html.replaceAll(/="[^"]*"/g, "=x");
      expect(bare.match(/<[^>]*\son(?:error|load|click)\s*=[^>]*>/gi)).toBeNull();
    }
    await web.store.change({ actor: ADMIN, action: "delete" }, async (writer) => {
      for (const [kind, id] of [
        ["flag", "evil-flag"],
        ["result", "evil-1"],
        ["result", "evil-2"],
        ["table", "evil-table"],
        ["dataset", "evil-set"],
        ["task", "evil-task"],
      ] as const)
        await writer.remove(kind, id);
    });
  });

  it("Markdown loses what runs, loads or points elsewhere than to the web", () => {
    const html = markdownHtml(
      [
        ...EVIL,
        "[a](javascript:alert(1))",
        "[b](data:text/html,x)",
        "[c](//evil.example)",
        "![i](https://evil.example/track.png)",
        '<a href="https://ok.example" onclick="x" style="y" target="z">d</a>',
        "# Heading",
        "<iframe src=x></iframe><form action=/sign-out><button>",
        "**bold** `code`",
      ].join("\n\n"),
    );
    expect(html).not.toMatch(
      /<(?:script|img|iframe|form|button|h1|svg|style)|javascript:|data:|onclick|style=|target=|href="\/\//i,
    );
    expect(html).toContain("<strong>bold</strong>");
    expect(html).toContain('<a href="https://ok.example" rel="nofollow noopener ugc">d</a>');
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "<",
            ">",
            '"',
            "'",
            "`",
            "[",
            "](",
            ")",
            "javascript:",
            "onerror=",
            "<script",
            "<a href=",
            "&#x3c;",
            "\n",
            "a",
            "*",
          ),
          { maxLength: 30 },
        ),
        (parts) => {
          expect(markdownHtml(parts.join(""))).not.toMatch(/<script|<[^>]+\son\w+=|<[^>]+href="\s*javascript:/i);
        },
      ),
      { numRuns: 200, seed: 20 },
    );
  });

  it.each(
    [
      `'; drop table result; --`,
      `' or '1'='1`,
      `1); select pg_sleep(10); --`,
      `\\`,
      `%`,
      `_`,
      `"`,
      "a\u0000b",
      "\ud800",
      ":*",
      "& | !",
      "(((",
      "x".repeat(3000),
      "../../etc/passwd",
      "..%2f..%2fetc%2fpasswd",
      "%00",
      "__proto__",
      "constructor",
      "toString",
    ].map((text) => [JSON.stringify(text.slice(0, 40)), text] as const),
  )("SQL, paths and odd bytes in every field: %s", async (_name, text) => {
    const value = encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
    const paths = [
      `/search?q=${value}&kind=${value}&page=${value}`,
      `/papers?q=${value}&page=${value}`,
      `/sota?area=${value}&order=${value}`,
      `/benchmark/${TABLE}?metric=${value}&model=${value}&origin=${value}&order=${value}&against=${value}&view=size`,
      `/compare?model=${value}`,
      `/submit?table=${value}`,
      `/feed/results.json?table=${value}&task=${value}`,
      ...["task", "dataset", "paper", "method", "model", "benchmark", "result", "run", "submission"].map(
        (kind) => `/${kind}/${value}`,
      ),
      ...["badge/result", "badge/paper", "export", "benchmark"].flatMap((kind) => [
        `/${kind}/${value}.svg`,
        `/${kind}/${value}.json`,
      ]),
      `/api/v1/papers/?q=${value}&title=${value}&abstract=${value}&arxiv_id=${value}`,
      `/api/v1/tasks/?q=${value}&name=${value}`,
      `/api/v1/authors/?q=${value}&full_name=${value}`,
      `/api/v1/repositories/?q=${value}&owner=${value}&name=${value}&framework=${value}`,
      `/api/v1/repositories/${value}/${value}/papers/`,
      `/api/v1/conferences/${value}/proceedings/${value}/`,
      `/api/v1/evaluations/${value}/results/${value}/`,
    ];
    for (const path of paths) {
      const { status, html } = await web.page(path);
      expect([path.slice(0, 80), status < 500]).toEqual([path.slice(0, 80), true]);
      expect(html).not.toMatch(/root:x:0|syntax error|pg_catalog|at \w+ \(.*\.ts:\d+/);
    }
    const written = await web.call(
      "POST",
      "/api/catalogue/submissions",
      goodSubmission({
        modelName: text,
        table: text,
        paper: text,
        date: text,
        values: { [text]: { published: text } },
      }),
      "submitter",
    );
    expect(written.status).toBe(422);
    expect((await web.store.counts()).result).toBe(4);
  });
});

describe("forms", () => {
  it("sign in with a token by a cookie that no script reads and no other site sends", async () => {
    expect((await web.form("/sign-in", { token: "bbt_forged" })).status).toBe(401);
    const response = await web.app.request("http://localhost/sign-in", {
      method: "POST",
      headers: { Origin: "http://localhost", "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token: web.secrets.reviewer }).toString(),
    });
    expect(response.headers.get("Location")).toBe("/review");
    expect(response.headers.get("Set-Cookie")).toMatch(/HttpOnly.*SameSite=Strict/);
    const forged = await web.app.request("http://localhost/submit", {
      method: "POST",
      headers: {
        Origin: "https://evil.example",
        Cookie: `biobert_token=${web.secrets.submitter}`,
        "Content-Type": "application/x-www-form-urlencoded",
      },
      body: "table=x",
    });
    expect(forged.status).toBe(403);
  });

  it("submit, show each problem beside its field, and keep what was typed", async () => {
    const fields = {
      table: TABLE,
      modelName: "Form <b>model</b>",
      "value-f1": "0.8088",
      paper: "paper-b",
      sourceTable: "Table 2",
      url: "https://example.org/p",
      date: "2999-01-01",
      comment: "**please**",
    };
    expect((await web.form("/submit", fields)).status).toBe(401);
    expect((await web.form("/submit", fields, "reader")).status).toBe(403);
    const bad = await web.form("/submit", fields, "submitter");
    expect(bad.status).toBe(422);
    expect(bad.html).toMatch(/id="f-value-f1"[^>]*aria-invalid="true"/);
    expect(bad.html).toMatch(/id="f-date"[^>]*aria-invalid="true"/);
    expect(bad.html).toContain('value="Form &lt;b&gt;model&lt;/b&gt;"');
    const good = await web.form("/submit", { ...fields, "value-f1": "80.88", date: "2020-07-01" }, "submitter");
    expect(good.status).toBe(303);
    const id = good.location!.split("/").pop()!;
    const headers = { Cookie: `biobert_token=${web.secrets.reviewer}` };
    const queue = await web.page("/review", { headers });
    expect(queue.html).toContain("Form &lt;b&gt;model&lt;/b&gt;");
    expect(queue.html).toContain("<strong>please</strong>");
    expect((await web.page("/review")).status).toBe(401);
    expect((await web.form(`/review/${id}`, { decision: "reject", reason: "", version: "1" }, "reviewer")).status).toBe(
      422,
    );
    expect((await web.form(`/review/${id}`, { decision: "accept", version: "7" }, "reviewer")).status).toBe(409);
    expect((await web.form(`/review/${id}`, { decision: "accept", version: "1" }, "submitter")).status).toBe(403);
    expect((await web.form(`/review/${id}`, { decision: "accept", version: "1" }, "reviewer")).location).toBe(
      "/review",
    );
    expect((await web.page(`/benchmark/${TABLE}`)).html).toContain("Form &lt;b&gt;model&lt;/b&gt;");
    const change = (await web.store.history({ limit: 1 })).items[0]!;
    expect((await web.form(`/history/${change.id}/undo`, {}, "submitter")).status).toBe(403);
    expect((await web.form(`/history/${change.id}/undo`, {}, "reviewer")).status).toBe(303);
    expect((await web.page(`/benchmark/${TABLE}`)).html).not.toContain("Form &lt;b&gt;");
  });
});

describe("a run's page", () => {
  const record = (runs: NonNullable<ResultRecordV2["runs"]>): ResultRecordV2 => {
    const { unit: _, ...rest } = sampleRecord();
    return {
      ...rest,
      formatVersion: 2,
      task: "ner",
      units: { precision: "percent", recall: "percent", f1: "percent" },
      seeds: runs.map(({ seed }) => seed),
      runs,
    };
  };
  const pageOf = async (runs: NonNullable<ResultRecordV2["runs"]>) => {
    const run = runOf(record(runs));
    await web.store.change({ actor: ADMIN, action: "import" }, (writer) => writer.put("run", [run]));
    return (await web.page(`/run/${run.id}`)).html;
  };
  const metrics = { f1: 83.4 };
  const points = (...values: number[]) => values.map((value, index): [number, number] => [10 * (index + 1), value]);

  it("draws the loss and the metric on dev, a line each seed, told in words as well, without script", async () => {
    const dev = (...values: number[]) => ({ metric: "f1", unit: "percent" as const, points: points(...values) });
    const html = await pageOf([
      { seed: 4, metrics, curves: { loss: points(2, 0.5, 0.25), dev: dev(70, 80.5) } },
      { seed: 5, metrics, curves: { loss: points(3, 0.75, 0.125), dev: dev(71, 79.25) } },
      { seed: 6, metrics },
    ]);
    const charts = [...html.matchAll(/<figure><svg[\s\S]*?<\/figure>/g)].map(([chart]) => chart);
    expect(charts).toHaveLength(2);
    const [loss, scores] = charts as [string, string];
    expect(loss).toContain("Training loss by step</title>");
    expect(loss).toContain("seed 4: 3 values, first 2, lowest 0.25, highest 2, last 0.25.");
    expect(loss).toContain("seed 5: 3 values, first 3, lowest 0.125, highest 3, last 0.125.");
    expect(loss.match(/<polyline /g)).toHaveLength(2);
    expect(loss).toMatch(/role="img" aria-labelledby="curve-0-title curve-0-description"/);
    expect(scores).toContain("F1 on development data by step</title>");
    expect(scores).toContain("seed 5: 2 values, first 71, lowest 71, highest 79.25, last 79.25.");
    expect(scores).toContain(">F1, %</text>");
    expect(html).not.toMatch(/<script|\son\w+=|style="|undefined|NaN/);
    expect(html).not.toContain("came without curves");
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it("says of folds that it draws their mean, draws one chart where there is no dev, and says where there is nothing", async () => {
    const folds = [1, 2].map((fold) => ({ fold, metrics }));
    const html = await pageOf([{ seed: 1, metrics, folds, curves: { loss: points(2, 1) } }]);
    expect(html.match(/<figure>/g)).toHaveLength(1);
    expect(html).toContain("seed 1, mean of 2 folds: 2 values");
    const without = await pageOf([{ seed: 1, metrics }]);
    expect(without).toContain("This record came without curves.");
    expect(without).not.toContain("<figure>");
  });
});
