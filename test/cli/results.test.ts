// `biobert results` on a catalogue of its own: what is printed, and the exit codes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { sampleRecord } from "../catalogue/sample.ts";
import { run } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "biobert-results-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const environment = { BIOBERT_CATALOGUE: join(folder, "catalogue") };
const packageRoot = join(import.meta.dirname, "../..");
const results = (...args: string[]) => run(["results", ...args], { environment, packageRoot });

it("lists, shows, submits, reviews, verifies, undoes, exports and imports", async () => {
  const list = await results("list", "--task", "relation-extraction");
  expect(list).toMatchObject({ code: 0, err: "" });
  expect(list.out).toMatch(
    /relation-extraction-on-chemprot +Relation Extraction +ChemProt +\d+ +F1 +80(?:\.0+)? +BioM-BERT/,
  );

  const board = await results("show", "named-entity-recognition-ner-on-jnlpba");
  expect(board.out).toMatch(/^Named Entity Recognition \(NER\) on JNLPBA, by F1 \(higher is better\)/);
  expect(board.out).toMatch(/1 +KeBioLM +82\.00/);
  expect(board.out).toContain("mixed-versions: ");
  const json = await results("show", "table/named-entity-recognition-ner-on-jnlpba", "--json");
  const { rows } = JSON.parse(json.out) as { rows: { rank?: number; result: { modelName: string } }[] };
  expect(rows[0]).toMatchObject({ rank: 1, result: { modelName: "KeBioLM" } });
  expect(rows.length).toBeGreaterThan(25);
  expect(await results("show", "no-such-thing")).toMatchObject({ code: 1, out: "" });
  expect(await results("list", "--bogus")).toMatchObject({ code: 2 });

  const { dataset } = sampleRecord();
  const record = sampleRecord({
    dataset: { ...dataset, id: "NCBI disease" },
    metrics: { precision: 81.104, recall: 85.83, f1: 83.4 },
  });
  const file = join(folder, "result.json");
  writeFileSync(file, JSON.stringify(record));
  const submitted = await results("submit", file, "--json");
  expect(submitted.code).toBe(0);
  const submission = JSON.parse(submitted.out) as {
    id: string;
    content: { result: { table: string; values: object } };
  };
  expect(submission.content.result.table).toBe("named-entity-recognition-ner-on-ncbi-disease");
  expect(submission.content.result.values).toMatchObject({
    f1: { published: "83.40" },
    precision: { published: "81.10" },
  });
  expect((await results("review")).out).toContain(submission.id);
  expect(await results("review", submission.id, "--reject")).toMatchObject({ code: 1 });
  const accepted = await results("review", submission.id, "--accept", "--json");
  const result = JSON.parse(accepted.out) as { id: string };

  const wrong = join(folder, "wrong.json");
  writeFileSync(
    wrong,
    JSON.stringify({
      result: {
        table: "relation-extraction-on-chemprot",
        modelName: "x",
        values: { f1: { published: "0.8088" } },
        paperUrl: "https://example.org/a",
      },
    }),
  );
  const refused = await results("submit", wrong, "--no-check-links");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(
    "result.values.f1.published: 0.8088 looks like a fraction where F1 stands in percent: write 80.88",
  );

  expect((await results("verify", result.id)).out).toContain(record.command);
  expect(await results("verify", result.id, "--record", file)).toMatchObject({ code: 1 });
  const again = join(folder, "again.json");
  writeFileSync(again, JSON.stringify({ ...record, createdAt: "2026-03-01T00:00:00.000Z" }));
  expect((await results("verify", result.id, "--record", again)).out).toContain(`${result.id} is verified`);
  expect((await results("list", "--table", "named-entity-recognition-ner-on-ncbi-disease")).out).toMatch(/verified/);

  const history = await results("history", "--json");
  const changes = history.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number; action: string });
  expect(changes.map(({ action }) => action)).toEqual(["verify", "accept", "submit", "import"]);
  expect(await results("undo", String(changes[1]!.id))).toMatchObject({ code: 1 });
  expect((await results("undo", String(changes[0]!.id))).code).toBe(0);

  const out = join(folder, "out");
  expect((await results("export", out)).out).toBe(`${out}\n`);
  expect(await results("export", out)).toMatchObject({ code: 1 });
  expect(JSON.parse(readFileSync(join(out, "results", "submitted.json"), "utf8"))).toMatchObject({
    items: [{ id: result.id }],
  });
  expect(Number(/(\d+) result/.exec((await results("import", out)).out)?.[1])).toBeGreaterThan(300);
  const dump = join(folder, "dump");
  expect((await results("export", dump, "--format", "papers-with-code")).code).toBe(0);
  const report = JSON.parse((await results("import", join(dump, "evaluation-tables.json"), "--json")).out) as {
    counts: Record<string, number>;
  };
  expect(report.counts["skipped-duplicate"]).toBeGreaterThan(100);

  // Tables of the seed hold no links: nothing is asked of any network.
  expect(await results("check-links", "--kind", "table")).toMatchObject({
    code: 1,
    err: expect.stringContaining("holds no links"),
  });
  expect(await results("check-links", "--kind", "bogus")).toMatchObject({ code: 2 });

  const token = await results("token", "create", "ci", "--role", "submitter");
  expect(token.out).toMatch(/^bbt_[\w-]{43}\n$/);
  const listed = (await results("token", "list")).out;
  expect(listed).toMatch(/submitter +ci/);
  expect((await results("token", "revoke", listed.split(" ")[0]!)).code).toBe(0);
  // Some twenty commands, each of which opens the database.
}, 400_000);
