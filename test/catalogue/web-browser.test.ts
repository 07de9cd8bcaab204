// The pages in Chromium, on the seeded catalogue: at a desk and on a phone, in light and dark, by keyboard, without script.
// Skipped where no Chromium is installed (where CI is set, that counts as failed).
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CatalogueStore, catalogueWeb, openStore } from "../../src/catalogue/index.ts";
import { type RunningServer, serve } from "../../src/server/index.ts";
import { ADMIN } from "./backends.ts";
import { chromiumProgram, startChromium } from "./chromium.ts";

const BOARD = "/benchmark/named-entity-recognition-ner-on-ncbi-disease";
const PAPER = "/paper/biobert-a-pre-trained-biomedical-language";
const program = chromiumProgram();
let store: CatalogueStore;
let server: RunningServer;
let browser: Browser;
let secret: string;

beforeAll(async () => {
  if (program === undefined) return;
  store = await openStore({ location: "memory:" });
  await store.seed(join(import.meta.dirname, "..", "..", "catalogue"));
  secret = (await store.createToken("browser", "submitter", ADMIN)).secret;
  const { routes, errorPage } = catalogueWeb({ store });
  server = await serve({
    host: "127.0.0.1",
    port: 0,
    routes,
    errorPage,
    log: () => {},
    processMetrics: false,
    authenticate: async (given) => {
      const owner = await store.authenticate(given);
      return owner === undefined ? undefined : { id: owner.token.id, name: owner.actor.name, role: owner.actor.role };
    },
  });
  browser = await startChromium(program);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await store?.close();
});

/** Runs `work` on a page of a context of its own; whatever the console complains of fails. */
async function withPage(
  options: { width: number; dark?: boolean; javaScriptEnabled?: boolean },
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: 844 },
    colorScheme: options.dark === true ? "dark" : "light",
    javaScriptEnabled: options.javaScriptEnabled ?? true,
  });
  const complaints: string[] = [];
  try {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => void complaints.push(String(error)));
    page.on("response", (response) => {
      if (!response.url().startsWith(server.url)) complaints.push(`loads ${response.url()}`);
    });
    await work(page);
  } finally {
    await context.close();
  }
  expect(complaints).toEqual([]);
}

describe("in Chromium", () => {
  it.each([
    ["at a desk", 1200, false],
    ["on a phone", 390, true],
  ] as const)("%s every page fits, is styled, and the console is quiet", async (_name, width, dark) => {
    expect(program, "Chromium is not installed: apt-get install chromium").toBeDefined();
    await withPage({ width, dark }, async (page) => {
      for (const path of [
        "/",
        "/tasks",
        "/sota",
        BOARD,
        `${BOARD}?view=size`,
        PAPER,
        "/measured",
        "/models",
        "/search?q=biobert",
        `/submit?table=${BOARD.split("/")[2]}`,
        "/about",
        "/api/docs",
        "/sign-in",
      ]) {
        const response = await page.goto(`${server.url}${path}`);
        expect([path, response?.status()]).toEqual([path, 200]);
        const measured = await page.evaluate(`({
          tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          background: getComputedStyle(document.body).backgroundColor,
          sheets: document.styleSheets.length,
        })`);
        expect([path, measured]).toEqual([
          path,
          { tooWide: 0, background: dark ? "rgb(18, 22, 28)" : "rgb(255, 255, 255)", sheets: 1 },
        ]);
      }
    });
  });

  it("the keyboard reaches the content first, then every control, with a focus one sees", async () => {
    await withPage({ width: 1200 }, async (page) => {
      await page.goto(`${server.url}${BOARD}`);
      await page.keyboard.press("Tab");
      const focused = () => page.evaluate("document.activeElement.textContent.trim()");
      expect(await focused()).toBe("Skip to the content");
      await page.keyboard.press("Enter");
      expect(page.url()).toContain("#main");
      const seen = new Set<string>();
      for (let presses = 0; presses < 25; presses++) {
        await page.keyboard.press("Tab");
        seen.add(
          (await page.evaluate(
            "document.activeElement.id || document.activeElement.className || document.activeElement.tagName",
          )) as string,
        );
        const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
        expect(outline).not.toBe("none");
      }
      for (const control of ["metric", "order", "view", "model", "scroll"]) expect([...seen]).toContain(control);
    });
  });

  it("without script a leaderboard is filtered, models are compared, and a result is submitted", async () => {
    await withPage({ width: 390, javaScriptEnabled: false }, async (page) => {
      await page.goto(`${server.url}${BOARD}`);
      const all = await page.locator("tr[id^=row-]").count();
      await page.fill("#model", "BERN2");
      await page.getByRole("button", { name: "Show" }).click();
      expect(page.url()).toContain("model=BERN2");
      expect(await page.locator("tr[id^=row-]").count()).toBeLessThan(all);
      await page.goto(`${server.url}${BOARD}`);
      const boxes = page.locator("tr[id^=row-] input[type=checkbox]");
      await boxes.nth(0).check();
      await boxes.nth(2).check();
      await page.getByRole("button", { name: "Compare the marked models" }).click();
      expect(await page.locator("h1").textContent()).toBe("Compare models");
      expect(await page.locator("tbody tr").count()).toBeGreaterThan(0);

      await page.goto(`${server.url}/sign-in`);
      await page.fill("#token", secret);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.goto(`${server.url}/submit?table=${BOARD.split("/")[2]}`);
      await page.fill("#f-modelName", "Browser model");
      await page.fill("#f-value-f1", "88.05");
      await page.fill("#f-paper", PAPER.split("/")[2]!);
      await page.fill("#f-sourceTable", "Table 6");
      await page.fill("#f-url", "https://example.org/paper");
      await page.getByRole("button", { name: "Check and submit" }).click();
      expect(page.url()).toContain("/submission/");
      expect(await page.locator("[role=status]").textContent()).toContain("waits for a reviewer");
    });
    expect((await store.list("submission", { state: "pending" })).count).toBe(1);
  });

  it("the published page is there row for row, as published, with its flaws", async () => {
    await withPage({ width: 1200 }, async (page) => {
      await page.goto(`${server.url}${PAPER}`);
      const rows = await page
        .locator("table")
        .first()
        .locator("tbody tr")
        .evaluateAll((all) =>
          all.map((row) =>
            [
              ...(row as unknown as { cells: ArrayLike<{ innerText: string }> & Iterable<{ innerText: string }> })
                .cells,
            ].map((cell) => cell.innerText.split("\n")[0]!.trim()),
          ),
        );
      const published = rows.map(([, dataset, metric, value]) => `${dataset} ${metric} ${value}`).sort();
      expect(published).toEqual(
        [
          "ChemProt F1 76.46",
          "MedConceptsQA Accuracy 25.458",
          "MedConceptsQA Accuracy 26.151",
          "MedQA Accuracy 36.7",
          "MedQA Accuracy 34.1",
          "DDI extraction 2013 corpus F1 0.8088",
          "DDI extraction 2013 corpus Micro F1 80.88",
          "NCBI-disease F1 89.71",
          "Species-800 F1 75.31",
          "JNLPBA F1 77.59",
          "SciDocs Avg. 58.8",
          "MedConceptsQA Accuracy 25.458",
        ].sort(),
      );
      const flaws = await page.locator("#flaws").locator("..").innerText();
      for (const flaw of ["two scales", "two tasks", "mixed versions", "name not canonical"])
        expect(flaws).toContain(flaw);
    });
  });
});
