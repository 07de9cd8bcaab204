import { beforeAll, describe, expect, it } from "vitest";
import { type CatalogueStore, KINDS, type SubmissionContent } from "../../src/catalogue/index.ts";
import { ADMIN, onBothDatabases, REVIEWER, SUBMITTER } from "./backends.ts";
import { sample, sampleRecord, sampleResult } from "./sample.ts";

const NASTY = [
  `'; drop table result; --`,
  `" or 1=1 --`,
  `$1 \\'; select pg_sleep(10)`,
  `<script>alert("x")</script>`,
  `[click](javascript:alert(1)) <img src=x onerror=alert(1)>`,
  `%_\\ NULL \u202e {"a":1} ../../etc/passwd`,
];

onBothDatabases((backend) => {
  let store: CatalogueStore;
  let changes = 0;
  beforeAll(async () => {
    if (backend.isMissing) return;
    store = await backend.open();
    changes = (await store.history()).count;
  });

  describe("reading", () => {
    it("gives back every entity exactly as it was put", async () => {
      for (const [kind, entities] of Object.entries(sample())) {
        for (const entity of entities!) {
          const stored = await store.get(kind as "task", entity.id);
          expect(stored).toEqual(entity);
          expect(JSON.stringify(stored)).toBe(JSON.stringify(await firstOf(store.stream(kind as "task"), entity.id)));
        }
      }
      const counts = await store.counts();
      expect(KINDS.map((kind) => counts[kind])).toEqual(KINDS.map((kind) => sample()[kind]?.length ?? 0));
    });

    it("filters, orders and pages lists", async () => {
      expect((await store.list("task", { parent: "ner" })).items.map(({ id }) => id)).toEqual(["disease-ner"]);
      expect((await store.list("task", { root: true })).items.map(({ id }) => id)).toEqual(["ner"]);
      expect((await store.list("task", { area: "medical" })).count).toBe(1);
      expect((await store.list("paper", { task: "ner" })).items.map(({ id }) => id)).toEqual(["paper-b", "paper-a"]);
      expect((await store.list("paper", { author: "ada-example" })).items.map(({ id }) => id)).toEqual(["paper-a"]);
      expect((await store.list("paper", { titleContains: "invented disea" })).items.map(({ id }) => id)).toEqual([
        "paper-a",
      ]);
      expect((await store.list("paper", { titleContains: "fictitious" })).count).toBe(0);
      expect((await store.list("paper", { abstractContains: "fictitious" })).count).toBe(1);
      expect((await store.list("paper", { arxivId: "1901.00001" })).count).toBe(1);
      expect((await store.list("dataset", { nameContains: "TINY" })).count).toBe(1);
      expect(
        (await store.list("result", { table: "ner-on-tiny-disease", order: "-date" })).items.map(({ id }) => id),
      ).toEqual(["third", "second", "first", "text-only"]);
      const page = await store.list("result", { order: "id", limit: 2, offset: 2 });
      expect(page.items.map(({ id }) => id)).toEqual(["text-only", "third"]);
      expect(page.count).toBe(4);
      await expect(store.list("task", { limit: 0 })).rejects.toThrow("1 to 1000");
      await expect(store.list("task", { bogus: "1" } as never)).rejects.toThrow("no filter");
    });

    it("ranks in the metric's direction, with the staircase and the Pareto front", async () => {
      const board = (await store.leaderboard("ner-on-tiny-disease"))!;
      expect(board.rows.map(({ result, rank }) => [result.id, rank])).toEqual([
        ["second", 1],
        ["third", 2],
        ["first", 3],
        ["text-only", undefined],
      ]);
      expect(board.staircase.map(({ result }) => result)).toEqual(["first", "second"]);
      expect(board.rows.map(({ isOnParetoFront }) => isOnParetoFront)).toEqual([true, undefined, true, undefined]);
      expect(board.rows[2]!.codeCount).toBe(1);
      expect(board.rows[2]!.flags.map(({ id }) => id)).toEqual(["flag-a"]);
      const plain = (await store.leaderboard("ner-on-tiny-disease", { hideExtraData: true }))!;
      expect(plain.rows.map(({ result, rank }) => [result.id, rank])).toEqual([
        ["third", 1],
        ["first", 2],
        ["text-only", undefined],
      ]);
      const latency = (await store.leaderboard("ner-on-tiny-disease", { metric: "latency" }))!;
      expect(latency.rows[0]!.result.id).toBe("first");
      expect(await store.leaderboard("no-such-table")).toBeUndefined();
    });

    it("answers what pages ask", async () => {
      const page = (await store.paperPage("paper-a"))!;
      expect(page.tasks.map(({ id }) => id)).toEqual(["ner"]);
      expect(page.codeLinks.map(({ url }) => url)).toEqual(["https://github.com/example/tiny"]);
      expect(page.results.map(({ result, rank }) => [result.id, rank])).toEqual([["first", 3]]);
      expect(page.related.map(({ id }) => id)).toEqual(["paper-b"]);
      const [summary] = (await store.tableSummaries()).items;
      expect(summary).toMatchObject({
        resultCount: 4,
        best: { result: "second" },
        taskName: "Named Entity Recognition",
      });
      expect((await store.tableSummaries({ area: "medical" })).count).toBe(1);
      expect((await store.tableSummaries({ task: "disease-ner" })).count).toBe(0);
      const compared = await store.compareModels([
        { model: "tiny", variant: "tiny-v1.0" },
        { model: "tiny", variant: "tiny-v1.1" },
      ]);
      expect(compared.rows[0]!.values.map((view) => view?.result.id)).toEqual(["first", "second"]);
      expect((await store.newestResults({ limit: 2 })).map(({ view }) => view.result.id)).toEqual([
        "third",
        "text-only",
      ]);
      expect((await store.authors({ nameContains: "bo" })).items).toEqual([{ id: "bo-sample", name: "Bo Sample" }]);
    });

    it("counts a repository once, whatever its addresses and papers, and as long as a link leads to it", async () => {
      const link = (id: string, url: string, paper: string, more = {}) => ({
        id,
        url,
        paper,
        official: false,
        mentionedInPaper: false,
        mentionedInGithub: true,
        ...more,
      });
      const { change } = await store.change({ actor: ADMIN, action: "create" }, (writer) =>
        writer.put("codeLink", [
          link("code-b", "http://www.github.com/Example/Tiny.git", "paper-b"),
          link("code-c", "https://github.com/example/tiny/tree/main/src?x=1", "paper-b"),
          link("code-d", "https://github.com/example/other", "paper-b", { framework: "pytorch" }),
          link("code-e", "https://example.org/code/tiny-parser.zip", "paper-b"),
        ]),
      );
      const urls = async (query = {}) => (await store.repositories(query)).items.map(({ id }) => id);
      expect(await store.repositories({ limit: 1 })).toMatchObject({ count: 3, items: [{ id: "code-e" }] });
      expect(await urls({ owner: "EXAMPLE" })).toEqual(["code-d", "code-a"]);
      expect(await urls({ q: "pars" })).toEqual(["code-e"]);
      expect(await urls({ name: "tiny", owner: "example" })).toEqual(["code-a"]);
      expect(await urls({ framework: "pytorch" })).toEqual(["code-d"]);
      expect(await urls({ q: "'); drop table repository; --" })).toEqual([]);
      expect((await store.repositoryLinks("example", "TINY")).map(({ id }) => id)).toEqual([
        "code-a",
        "code-b",
        "code-c",
      ]);
      expect((await store.codeOf(["paper-a", "paper-b", "none"])).size).toBe(2);
      // One that moves takes its repository along; the last link that goes takes it away.
      await store.change({ actor: ADMIN, action: "update" }, (writer) =>
        writer.put("codeLink", [link("code-d", "https://gitlab.com/group/other", "paper-b")]),
      );
      expect(await urls({ owner: "group" })).toEqual(["code-d"]);
      expect((await store.repositories({ limit: 1 })).count).toBe(3);
      await store.undo(change + 1, ADMIN);
      await store.undo(change, ADMIN);
      expect(await store.repositories()).toMatchObject({ count: 1, items: [{ id: "code-a" }] });
    });

    it("keeps counts of tables and authors, and finds papers by either way alike", async () => {
      const before = (await store.tableSummaries({})).items[0]!.resultCount;
      const { change } = await store.change({ actor: ADMIN, action: "create" }, async (writer) => {
        await writer.put("result", [sampleResult("more-1", 70), sampleResult("more-2", 71, { date: "2026-01-01" })]);
        await writer.put("paper", [
          {
            id: "paper-c",
            title: "Maladies once more",
            authors: ["Bo  Sample", "Cy Other"].map((name) => name.replace("  ", " ")),
            abstract: "Fictitious maladies again.",
            date: "2021-01-01",
            tasks: ["ner"],
            methods: ["bert"],
          },
        ]);
      });
      expect((await store.tableSummaries({ order: "newest" })).items[0]!.resultCount).toBe(before + 2);
      expect((await store.authors({ limit: 1 })).count).toBe(3);
      expect((await store.authors({ nameContains: "oth" })).items.map(({ id }) => id)).toEqual(["cy-other"]);
      const ids = async (query: object) => (await store.list("paper", query)).items.map(({ id }) => id);
      expect(await ids({ q: "maladies" })).toEqual(["paper-c", "paper-b", "paper-a"]);
      expect(await ids({ q: "maladies", limit: 1, offset: 1 })).toEqual(["paper-b"]);
      expect(await ids({ task: "ner", limit: 2 })).toEqual(["paper-c", "paper-b"]);
      expect(await ids({ task: "ner", limit: 2, offset: 2 })).toEqual(["paper-a"]);
      expect(await ids({ method: "bert" })).toEqual(["paper-c", "paper-a"]);
      expect(await ids({ limit: 1, offset: 1 })).toEqual(["paper-b"]);
      expect(await ids({ author: "Bo Sample", from: "2020-01-01" })).toEqual(["paper-c", "paper-b"]);
      expect(await store.list("paper", { q: "maladies", limit: 1 })).toMatchObject({ count: 3 });
      await store.undo(change, ADMIN);
      expect((await store.tableSummaries({})).items[0]!.resultCount).toBe(before);
    });

    it("searches all kinds and marks what it found", async () => {
      const { items } = await store.search("maladies");
      expect(items.map(({ id }) => id).sort()).toEqual(["paper-a", "paper-b"]);
      expect(items.find(({ id }) => id === "paper-a")!.excerpt).toContain("\ue000maladies\ue001");
      expect((await store.search("tiny", { kinds: ["model"] })).items.map(({ id }) => id)).toEqual(["tiny"]);
      expect((await store.search("")).count).toBe(0);
    });

    it("takes whatever is asked as text, never as SQL", async () => {
      for (const text of [...NASTY, "\0", "\ud800", "a".repeat(10_000)]) {
        expect((await store.search(text)).count).toBe(0);
        expect(await store.get("result", text)).toBeUndefined();
        expect(await store.paperPage(text)).toBeUndefined();
        expect(
          (await store.list("paper", { titleContains: text, author: text, task: text, conference: text })).count,
        ).toBe(0);
        expect((await store.list("result", { table: text, model: text, dataset: text })).count).toBe(0);
        expect((await store.list("method", { collection: text, area: text })).count).toBe(0);
        expect((await store.list("dataset", { q: text, modality: text })).count).toBe(0);
        expect(await store.authenticate(text)).toBeUndefined();
        expect((await store.history({ id: text })).count).toBe(0);
        expect((await store.takeFromLimit(text, 5, 60)).isAllowed).toBe(true);
      }
      expect((await store.counts()).result).toBe(4);
    });
  });

  describe("changing", () => {
    it("stores nasty text as it is, and undoes it", async () => {
      for (const [index, text] of NASTY.entries()) {
        const name = text.trim();
        const result = sampleResult(`nasty-${index}`, 70, {
          modelName: name,
          source: { note: text, table: name },
          submittedBy: name,
        });
        const { change } = await store.change(
          { actor: { name, role: "admin" }, action: "create", reason: text },
          (writer) => writer.put("result", [result]),
        );
        expect(await store.get("result", result.id)).toEqual(result);
        await store.undo(change, ADMIN, text);
        expect(await store.get("result", result.id)).toBeUndefined();
      }
      expect((await store.counts()).result).toBe(4);
    });

    it("refuses ids that could be paths, and what the schema does not know", async () => {
      for (const id of ["../etc", "a/b", "a%2fb", "A", "", ".", "a..b", "a\0", "é", "a ".repeat(3), "x".repeat(201)]) {
        await expect(
          store.change({ actor: ADMIN, action: "create" }, (writer) => writer.put("area", [{ id, name: "x" }])),
        ).rejects.toMatchObject({ code: "catalogue-invalid" });
      }
      await expect(
        store.change({ actor: ADMIN, action: "create" }, (writer) =>
          writer.put("area", [{ id: "a", name: "x", bogus: 1 } as never]),
        ),
      ).rejects.toMatchObject({ code: "catalogue-invalid" });
    });

    it("stores all of a change or nothing", async () => {
      const before = await store.counts();
      await expect(
        store.change({ actor: ADMIN, action: "create" }, async (writer) => {
          await writer.put("result", [sampleResult("half", 50)]);
          throw new Error("crash");
        }),
      ).rejects.toThrow("crash");
      await expect(
        store.change({ actor: ADMIN, action: "create" }, (writer) =>
          writer.put("result", [sampleResult("lost", 50, { paper: "nowhere" })]),
        ),
      ).rejects.toMatchObject({ code: "catalogue-reference" });
      await expect(
        store.change({ actor: ADMIN, action: "create" }, (writer) =>
          writer.put("result", [sampleResult("lost", 50, { values: { bogus: { published: "1", value: 1 } } })]),
        ),
      ).rejects.toMatchObject({ code: "catalogue-reference" });
      await expect(
        store.change({ actor: ADMIN, action: "delete" }, (writer) => writer.remove("paper", "paper-a")),
      ).rejects.toMatchObject({ code: "catalogue-reference" });
      expect(await store.counts()).toEqual(before);
      expect((await store.history({ id: "half" })).count).toBe(0);
    });

    it("leaves no trace of a change that changes nothing", async () => {
      const count = (await store.history()).count;
      await store.change({ actor: ADMIN, action: "update" }, (writer) => writer.put("task", sample().task!));
      expect((await store.history()).count).toBe(count);
    });

    it("keeps who, when, why and what was before, and goes back step by step", async () => {
      const entry = { actor: ADMIN, action: "update" as const, reason: "a typo" };
      const before = (await store.get("result", "third"))!;
      const first = await store.change(entry, (writer) => writer.put("result", [{ ...before, modelName: "one" }]));
      const second = await store.change(entry, (writer) => writer.put("result", [{ ...before, modelName: "two" }]));
      expect((await store.history({ kind: "result", id: "third" })).items[0]).toMatchObject({
        id: second.change,
        actor: "admin",
        action: "update",
        reason: "a typo",
        counts: { result: 1 },
      });
      expect((await store.changedEntities(second.change)).items[0]!.before).toMatchObject({ modelName: "one" });
      await expect(store.undo(first.change, ADMIN)).rejects.toMatchObject({ code: "catalogue-conflict" });
      const third = await store.undo(second.change, ADMIN);
      await expect(store.undo(second.change, ADMIN)).rejects.toMatchObject({ code: "catalogue-conflict" });
      // An undo can be undone, after which the change stands again.
      const fourth = await store.undo(third, ADMIN);
      expect((await store.get("result", "third"))!.modelName).toBe("two");
      await expect(store.undo(first.change, ADMIN)).rejects.toMatchObject({ code: "catalogue-conflict" });
      await store.undo(fourth, ADMIN);
      await store.undo(first.change, ADMIN);
      expect(await store.get("result", "third")).toEqual(before);
      await expect(store.undo(999_999, ADMIN)).rejects.toMatchObject({ code: "catalogue-not-found" });
      await expect(store.undo(first.change, SUBMITTER)).rejects.toMatchObject({ code: "catalogue-access" });
    });
  });

  describe("submissions", () => {
    const content = (f1: string, changes: Partial<SubmissionContent["result"]> = {}): SubmissionContent => ({
      result: {
        table: "ner-on-tiny-disease",
        modelName: "lab/tiny-v1.1",
        values: { f1: { published: f1 } },
        date: "2021-01-01",
        paper: "paper-b",
        extraData: false,
        source: {},
        codeLinks: [],
        ...changes,
      },
    });

    it("wait for review, become results, and can be undone", async () => {
      const submission = await store.submit(content("88.1"), SUBMITTER);
      expect(submission).toMatchObject({ state: "pending", version: 1, submittedBy: "sam" });
      expect(submission.content.result).toMatchObject({
        model: "tiny",
        variant: "tiny-v1.1",
        values: { f1: { value: 88.1 } },
      });
      expect((await store.leaderboard("ner-on-tiny-disease"))!.rows[0]!.result.id).toBe("second");
      const result = await store.accept(submission.id, 1, REVIEWER, { reason: "fits the paper" });
      expect((await store.leaderboard("ner-on-tiny-disease"))!.rows[0]!.result).toEqual(result);
      expect(result).toMatchObject({ origin: "submitted", submittedBy: "sam" });
      // Once more is a duplicate.
      await expect(store.submit(content("88.1"), SUBMITTER)).rejects.toMatchObject({ code: "catalogue-invalid" });
      const [accepted] = (await store.history({ kind: "submission", id: submission.id })).items;
      await store.undo(accepted!.id, REVIEWER, "wrong table after all");
      expect(await store.get("result", result.id)).toBeUndefined();
      expect(await store.get("submission", submission.id)).toMatchObject({ state: "pending", version: 3 });
      await expect(store.accept(submission.id, 1, REVIEWER)).rejects.toMatchObject({ code: "catalogue-conflict" });
      expect(await store.reject(submission.id, 3, "no such number in the paper", REVIEWER)).toMatchObject({
        state: "rejected",
        version: 4,
      });
    });

    it("are decided by one reviewer when two decide at once", async () => {
      const [one, other] = await backend.openTwo();
      const submission = await one.submit(content("87"), SUBMITTER);
      const outcomes = await Promise.allSettled([
        one.accept(submission.id, 1, REVIEWER),
        other.reject(submission.id, 1, "a doubt", { name: "ron", role: "reviewer" }),
        other.accept(submission.id, 1, ADMIN),
      ]);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "catalogue-conflict" });
      const decided = (await one.get("submission", submission.id))!;
      expect(decided.version).toBe(2);
      expect((await one.list("result", { submittedBy: "sam" })).count).toBe(decided.state === "accepted" ? 1 : 0);
    });

    it("are edited by their submitter and by reviewers, withdrawn by their submitter, and never accepted by a low role", async () => {
      const other = { name: "eve", role: "submitter" } as const;
      const submission = await store.submit(content("86.5"), SUBMITTER);
      await expect(store.edit(submission.id, 1, content("86.6"), other)).rejects.toMatchObject({
        code: "catalogue-access",
      });
      expect(await store.edit(submission.id, 1, content("86.6"), SUBMITTER)).toMatchObject({ version: 2 });
      expect(await store.edit(submission.id, 2, content("86.7"), REVIEWER)).toMatchObject({ version: 3 });
      for (const actor of [SUBMITTER, other, { name: "", role: "reader" } as const]) {
        await expect(store.accept(submission.id, 3, actor)).rejects.toMatchObject({ code: "catalogue-access" });
        await expect(store.reject(submission.id, 3, "no", actor)).rejects.toMatchObject({ code: "catalogue-access" });
      }
      await expect(store.submit(content("86.9"), { name: "x", role: "reader" })).rejects.toMatchObject({
        code: "catalogue-access",
      });
      await expect(store.reject(submission.id, 3, " ", REVIEWER)).rejects.toMatchObject({ code: "catalogue-invalid" });
      const own = await store.submit(content("86.8"), REVIEWER);
      await expect(store.accept(own.id, 1, REVIEWER)).rejects.toMatchObject({ code: "catalogue-access" });
      await expect(store.withdraw(submission.id, 3, other)).rejects.toMatchObject({ code: "catalogue-access" });
      expect(await store.withdraw(submission.id, 3, SUBMITTER)).toMatchObject({ state: "withdrawn" });
      await expect(store.accept(submission.id, 4, REVIEWER)).rejects.toMatchObject({ code: "catalogue-conflict" });
    });

    it("are verified only by a run that repeats the record", async () => {
      const run = sampleRecord();
      const submission = await store.submit(
        { ...content("83.40", { paper: undefined, modelName: "tiny run" }), run },
        SUBMITTER,
      );
      const result = await store.accept(submission.id, 1, REVIEWER);
      const again = sampleRecord({ createdAt: "2026-02-01T00:00:00.000Z", metrics: { ...run.metrics, f1: 83.45 } });
      const refused = [
        run,
        { ...again, metrics: { ...run.metrics, f1: 83.6 } },
        { ...again, model: { ...run.model, sha256: "c".repeat(64) } },
        { ...again, dataset: { ...run.dataset, sha256: "c".repeat(64) } },
        { ...again, protocol: "ner-exact-offset" },
        { ...again, metrics: { precision: 81.1 } },
      ];
      for (const record of refused)
        await expect(store.verify(result.id, record, REVIEWER)).rejects.toMatchObject({ code: "catalogue-unverified" });
      await expect(store.verify(result.id, { formatVersion: 1 }, REVIEWER)).rejects.toMatchObject({
        code: "catalogue-invalid",
      });
      await expect(store.verify(result.id, again, SUBMITTER)).rejects.toMatchObject({ code: "catalogue-access" });
      await expect(store.verify("second", again, REVIEWER)).rejects.toMatchObject({ code: "catalogue-unverified" });
      await expect(store.verify("nowhere", again, REVIEWER)).rejects.toMatchObject({ code: "catalogue-not-found" });
      expect((await store.resultViews({ ids: [result.id] })).items[0]!.isVerified).toBe(false);
      const verification = await store.verify(result.id, again, REVIEWER);
      expect(verification.metrics).toEqual([{ metric: "f1", claimed: 83.4, reproduced: 83.45, tolerance: 0.1 }]);
      expect((await store.resultViews({ ids: [result.id] })).items[0]!.isVerified).toBe(true);
      expect(
        (await store.leaderboard("ner-on-tiny-disease", { onlyVerified: true }))!.rows.map((row) => row.result.id),
      ).toEqual([result.id]);
    });
  });

  describe("access", () => {
    it("knows a token until it expires or is revoked, and shows its secret once", async () => {
      let now = new Date("2026-01-01T00:00:00Z");
      const timed = await backend.open({ now: () => now });
      const { token, secret } = await timed.createToken("ci", "submitter", ADMIN, { expiresAt: "2026-01-02" });
      expect(await timed.authenticate(secret)).toEqual({ actor: { name: "ci", role: "submitter" }, token });
      expect(JSON.stringify(await timed.tokens(ADMIN))).not.toContain(secret.slice(4));
      for (const forged of [
        "",
        "bbt_",
        `${secret}x`,
        secret.slice(0, -1),
        secret.toLowerCase(),
        `bbt_${"A".repeat(43)}`,
        token.id,
      ])
        expect(await timed.authenticate(forged)).toBeUndefined();
      now = new Date("2026-01-02T00:00:00Z");
      expect(await timed.authenticate(secret)).toBeUndefined();
      const second = await timed.createToken("ci", "reviewer", ADMIN);
      await timed.revokeToken(second.token.id, ADMIN);
      expect(await timed.authenticate(second.secret)).toBeUndefined();
      await expect(timed.createToken("x", "admin", REVIEWER)).rejects.toMatchObject({ code: "catalogue-access" });
      await expect(timed.tokens(REVIEWER)).rejects.toMatchObject({ code: "catalogue-access" });
      await expect(timed.revokeToken("nobody", ADMIN)).rejects.toMatchObject({ code: "catalogue-not-found" });
      await expect(timed.createToken("x", "king" as never, ADMIN)).rejects.toMatchObject({ code: "usage" });
    });

    it("counts uses within a window", async () => {
      let now = new Date("2026-01-01T00:00:10Z");
      const timed = await backend.open({ isEmpty: true, now: () => now });
      const take = () => timed.takeFromLimit("somebody", 2, 60);
      expect(await take()).toEqual({ isAllowed: true, remaining: 1, resetSeconds: 50 });
      expect(await take()).toMatchObject({ isAllowed: true, remaining: 0 });
      expect(await take()).toMatchObject({ isAllowed: false });
      now = new Date("2026-01-01T00:01:00Z");
      expect(await take()).toMatchObject({ isAllowed: true, remaining: 1 });
    });
  });

  it("has a history to which one can only add", async () => {
    expect((await store.history()).count).toBeGreaterThan(changes);
    expect(await store.isAlive()).toBe(true);
  });
});

async function firstOf<T extends { id: string }>(items: AsyncIterable<T>, id: string): Promise<T | undefined> {
  for await (const item of items) if (item.id === id) return item;
  return undefined;
}
