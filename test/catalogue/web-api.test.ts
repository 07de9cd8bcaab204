// Papers With Code's API v1 as its Python client calls it (reference/catalogue_client.py runs the client itself), and the
// catalogue's own API: submissions, review, history.
import { describe, expect, it } from "vitest";
import { submitToCatalogue } from "../../src/catalogue/index.ts";
import { sampleRecord } from "./sample.ts";
import { goodSubmission, useWeb } from "./web.ts";

const web = useWeb({ now: () => new Date("2026-11-24T09:00:00Z") });
const get = async (path: string) => (await web.call("GET", `/api/v1${path}`)).json;
const TABLE = "ner-on-tiny-disease";

describe("reading", () => {
  it.each([
    ["/papers/?title=Finding", ["paper-a"]],
    ["/papers/?abstract=fictitious", ["paper-a"]],
    ["/papers/?arxiv_id=1901.00001", ["paper-a"]],
    ["/papers/?q=maladies", ["paper-a", "paper-b"]],
    ["/papers/paper-a/tasks/", ["ner"]],
    ["/papers/paper-a/methods/", ["bert"]],
    ["/papers/paper-a/datasets/", ["tiny-disease"]],
    ["/papers/paper-a/results/", ["first"]],
    ["/authors/?full_name=ada", ["ada-example"]],
    ["/authors/ada-example/papers/", ["paper-a"]],
    ["/areas/?name=med", ["medical"]],
    ["/areas/medical/tasks/", ["ner"]],
    ["/tasks/?name=disease", ["disease-ner"]],
    ["/tasks/disease-ner/parents/", ["ner"]],
    ["/tasks/ner/children/", ["disease-ner"]],
    ["/tasks/ner/papers/", ["paper-a", "paper-b"]],
    ["/tasks/ner/evaluations/", [TABLE]],
    ["/datasets/?name=tiny", ["tiny-disease"]],
    ["/datasets/tiny-disease/evaluations/", [TABLE]],
    ["/methods/?name=bert", ["bert"]],
    ["/evaluations/", [TABLE]],
    [`/evaluations/${TABLE}/metrics/`, ["f1", "latency"]],
    [`/evaluations/${TABLE}/results/`, ["first", "second", "text-only", "third"]],
    ["/conferences/", []],
  ])("%s", async (path, ids) => {
    const { count, results } = await get(path);
    expect(results.map(({ id }: { id: string }) => id).sort()).toEqual([...ids].sort());
    expect(count).toBe(ids.length);
  });

  it("gives what the client's models insist on", async () => {
    expect(await get("/papers/paper-b/")).toMatchObject({
      id: "paper-b",
      url_abs: "",
      url_pdf: "",
      abstract: "",
      published: "2020-05-01",
      arxiv_id: null,
    });
    expect(await get("/repositories/example/tiny/")).toEqual({
      url: "https://github.com/example/tiny",
      owner: "example",
      name: "tiny",
      description: "",
      stars: 0,
      framework: "none",
      is_official: true,
    });
    expect((await get("/repositories/?owner=example")).count).toBe(1);
    expect((await get("/repositories/example")).count).toBe(1);
    expect((await get("/repositories/?stars=1")).count).toBe(0);
    expect((await get("/repositories/example/tiny/papers/")).results[0].id).toBe("paper-a");
    expect((await get("/search/?q=fictitious")).results[0]).toMatchObject({
      paper: { id: "paper-a" },
      repository: { owner: "example" },
      is_official: true,
    });
    expect(await get(`/evaluations/${TABLE}/results/first/`)).toMatchObject({
      metrics: { F1: "80.0", Latency: "12" },
      best_rank: 1,
      best_metric: "Latency",
      methodology: "first",
      uses_additional_data: false,
      paper: "paper-a",
    });
    expect(await get(`/evaluations/${TABLE}/metrics/latency/`)).toEqual({
      id: "latency",
      name: "Latency",
      description: "",
      is_loss: true,
    });
  });

  it("turns pages as the client reads them", async () => {
    const first = await get("/papers/?items_per_page=1");
    expect([first.count, first.previous, new URL(first.next).searchParams.get("page")]).toEqual([2, null, "2"]);
    const second = (await web.call("GET", first.next)).json;
    expect([second.next, new URL(second.previous).searchParams.get("page")]).toEqual([null, "1"]);
    expect(second.results[0].id).not.toBe(first.results[0].id);
    for (const query of ["page=0", "page=x", "items_per_page=501", "page=1e9"])
      expect((await web.call("GET", `/api/v1/papers/?${query}`)).status).toBe(400);
  });

  it.each([
    "/papers/none/",
    "/tasks/none/papers/",
    "/authors/none/",
    "/conferences/none/proceedings/none/papers/",
    "/repositories/no/one/",
    `/evaluations/${TABLE}/results/none/`,
    "/evaluations/none/metrics/",
  ])("404 for %s", async (path) => {
    expect(await web.call("GET", `/api/v1${path}`)).toMatchObject({ status: 404, json: { code: "not-found" } });
  });

  it("is described by an OpenAPI document with every route", async () => {
    const { paths } = (await web.call("GET", "/api/openapi.json")).json;
    expect(Object.keys(paths).length).toBeGreaterThan(40);
    expect(paths["/api/v1/rpc/evaluation-synchronize"].post.security).toEqual([{ token: [] }]);
    expect(JSON.stringify(paths)).not.toContain('"$ref":"undefined"');
  });
});

describe("writing", () => {
  it("adds, changes and deletes as the client does, and keeps what a null leaves out", async () => {
    const post = (path: string, body: unknown) => web.call("POST", `/api/v1${path}`, body, "reviewer");
    const patch = (path: string, body: unknown) => web.call("PATCH", `/api/v1${path}`, body, "reviewer");
    const remove = (path: string) => web.call("DELETE", `/api/v1${path}`, undefined, "reviewer");
    expect(
      await post("/tasks/", { name: "New Task", description: "", area: "Medical", parent_task: "ner" }),
    ).toMatchObject({ status: 201, json: { id: "new-task" } });
    expect((await post("/tasks/", { name: "new task", description: "", area: null, parent_task: null })).status).toBe(
      409,
    );
    expect((await post("/tasks/", { name: "Lost", area: "nowhere" })).json.errors).toMatchObject([{ field: "area" }]);
    expect(
      (await patch("/tasks/new-task/", { name: null, description: "D", area: null, parent_task: null })).json,
    ).toEqual({ id: "new-task", name: "New Task", description: "D" });
    expect((await post("/datasets/", { name: "New Set", full_name: null, url: "https://example.org" })).status).toBe(
      201,
    );
    expect((await patch("/datasets/new-set/", { name: "Newer Set", url: null })).json).toMatchObject({
      name: "Newer Set",
      url: "https://example.org",
    });
    const table = (
      await post("/evaluations/", { task: "new-task", dataset: "new-set", description: "", mirror_url: null })
    ).json.id;
    expect((await post("/evaluations/", { task: "new-task", dataset: "new-set" })).status).toBe(409);
    expect(
      (await patch(`/evaluations/${table}/`, { task: null, dataset: null, description: "T", mirror_url: null })).json
        .description,
    ).toBe("T");
    expect(
      (await post(`/evaluations/${table}/metrics/`, { name: "Error", description: "", is_loss: true })).json.id,
    ).toBe("error");
    expect(
      (await patch(`/evaluations/${table}/metrics/error/`, { name: "Loss", description: null, is_loss: null })).json,
    ).toMatchObject({ name: "Loss", is_loss: true });
    const result = {
      metrics: { Loss: 0.5 },
      methodology: "M",
      uses_additional_data: false,
      paper: "paper-a",
      evaluated_on: "2020-01-01",
      external_source_url: null,
    };
    const added = (await post(`/evaluations/${table}/results/`, result)).json;
    expect(added).toMatchObject({ metrics: { Loss: "0.5" }, best_rank: 1 });
    expect(await post(`/evaluations/${table}/results/`, { ...result, metrics: { Nothing: 1 } })).toMatchObject({
      status: 422,
      json: { errors: [{ field: "metrics.Nothing", code: "unknown-metric" }] },
    });
    expect((await post(`/evaluations/${table}/results/`, { ...result, paper: "none" })).json.errors).toMatchObject([
      { field: "paper" },
    ]);
    expect(
      (await post(`/evaluations/${table}/results/`, { ...result, evaluated_on: "2999-01-01", methodology: "Later" }))
        .status,
    ).toBe(422);
    expect(
      (
        await patch(`/evaluations/${table}/results/${added.id}/`, {
          metrics: { Loss: "0.25" },
          methodology: null,
          uses_additional_data: true,
          paper: null,
          evaluated_on: null,
          external_source_url: null,
        })
      ).json,
    ).toMatchObject({ metrics: { Loss: "0.25" }, methodology: "M", uses_additional_data: true, paper: "paper-a" });
    expect((await remove(`/evaluations/${table}/metrics/error/`)).status).toBe(409);
    expect((await remove("/datasets/new-set/")).status).toBe(409);
    for (const path of [
      `/evaluations/${table}/results/${added.id}/`,
      `/evaluations/${table}/metrics/error/`,
      `/evaluations/${table}/`,
      "/tasks/new-task/",
      "/datasets/new-set/",
    ]) {
      expect(await remove(path)).toEqual({ status: 204, json: undefined });
      expect((await remove(path)).status).toBe(404);
    }
  });

  it("refuses values out of range or on the wrong scale", async () => {
    const add = (value: string) =>
      web.call(
        "POST",
        `/api/v1/evaluations/${TABLE}/results/`,
        { metrics: { F1: value }, methodology: `Scale ${value}`, paper: "paper-a" },
        "reviewer",
      );
    expect((await add("120")).json.errors[0].code).toBe("out-of-range");
    expect((await add("0.8088")).json.errors[0].code).toBe("wrong-scale");
  });

  it("synchronises with a mirror: order of metrics, rows by external id, lost rows removed, rows from elsewhere left", async () => {
    const row = (id: string, f1: string) => ({
      metrics: { F1: f1 },
      methodology: id,
      paper: null,
      uses_additional_data: false,
      external_id: id,
      evaluated_on: "2021-01-01",
      external_source_url: null,
    });
    const body = {
      task: "ner",
      dataset: "tiny-disease",
      description: "",
      mirror_url: null,
      external_id: null,
      metrics: [
        { name: "Latency", description: "", is_loss: true },
        { name: "F1", description: "", is_loss: false },
      ],
    };
    const sync = (results: unknown[]) =>
      web.call("POST", "/api/v1/rpc/evaluation-synchronize/", { ...body, results }, "reviewer");
    const first = (await sync([row("a", "70.5"), row("b", "71.5")])).json;
    const second = (await sync([row("a", "72.5"), row("c", "73.5")])).json;
    expect(second.results[0].id).toBe(first.results[0].id);
    const names = (await get(`/evaluations/${TABLE}/results/?items_per_page=100`)).results
      .map(({ methodology }: { methodology: string }) => methodology)
      .sort();
    expect(names).toEqual(["a", "c", "first", "second", "text-only", "third"]);
    expect((await get(`/evaluations/${TABLE}/metrics/`)).results.map(({ name }: { name: string }) => name)).toEqual([
      "Latency",
      "F1",
    ]);
    // One bad row, and nothing of the call is stored.
    expect((await sync([row("d", "75"), row("e", "500")])).json.errors[0].field).toBe("results.1.metrics.F1");
    expect((await get(`/evaluations/${TABLE}/results/?items_per_page=100`)).count).toBe(6);
    // And the way back.
    const [change] = (await web.call("GET", "/api/catalogue/history?items_per_page=1")).json.results;
    expect((await web.call("POST", `/api/catalogue/history/${change.id}/undo`, {}, "reviewer")).status).toBe(200);
    expect(
      (await get(`/evaluations/${TABLE}/results/?items_per_page=100`)).results.map(
        ({ methodology }: { methodology: string }) => methodology,
      ),
    ).toContain("b");
  });

  it.each([
    [undefined, 401],
    ["reader", 403],
    ["submitter", 403],
  ] as const)("lets nobody in with the role %s", async (role, status) => {
    const before = (await web.store.history()).count;
    for (const [method, path, body] of [
      ["POST", "/api/v1/tasks/", { name: "X" }],
      ["PATCH", "/api/v1/tasks/ner/", { name: "X" }],
      ["DELETE", "/api/v1/tasks/ner/", undefined],
      ["POST", "/api/v1/datasets/", { name: "X" }],
      ["POST", "/api/v1/evaluations/", { task: "ner", dataset: "tiny-disease" }],
      ["DELETE", `/api/v1/evaluations/${TABLE}/results/first/`, undefined],
      ["POST", "/api/v1/rpc/evaluation-synchronize/", { task: "ner", dataset: "tiny-disease" }],
      ["POST", "/api/catalogue/history/1/undo", {}],
      ["POST", "/api/catalogue/submissions/x/accept", { version: 1 }],
      ["POST", "/api/catalogue/results/first/verifications", { record: {} }],
    ] as const) {
      expect([path, (await web.call(method, path, body, role)).status]).toEqual([path, status]);
    }
    expect((await web.store.history()).count).toBe(before);
  });
});

describe("submitting", () => {
  it("waits for review, is accepted once, and only then stands in the table", async () => {
    const client = (token: string, content: unknown) =>
      submitToCatalogue({
        server: "http://localhost/",
        token,
        content,
        fetch: async (url, init) => web.app.request(String(url), init),
      });
    const sent = await client(web.secrets.submitter, goodSubmission());
    expect(sent).toMatchObject({ state: "pending", version: 1, submittedBy: "the submitter" });
    expect((await web.page(`/benchmark/${TABLE}`)).html).not.toContain("Newcomer");
    // Two reviewers at once: one accepts, the other hears of it.
    const both = await Promise.all(
      [1, 2].map(() => web.call("POST", `/api/catalogue/submissions/${sent.id}/accept`, { version: 1 }, "reviewer")),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await web.page(`/benchmark/${TABLE}`)).html).toContain("Newcomer");
    expect(
      (await web.store.list("result", { table: TABLE, limit: 100 })).items.filter(
        ({ modelName }) => modelName === "Newcomer",
      ),
    ).toHaveLength(1);
    await expect(client(web.secrets.submitter, goodSubmission())).rejects.toMatchObject({
      code: "fields-invalid",
      fields: [expect.objectContaining({ code: "duplicate" })],
    });
    await expect(client("bbt_forged", goodSubmission())).rejects.toMatchObject({ code: "not-authenticated" });
    await expect(client(web.secrets.reader, goodSubmission())).rejects.toMatchObject({ code: "not-allowed" });
  });

  it.each([
    [{ values: { nothing: { published: "1" } } }, "unknown-metric"],
    [{ values: { f1: { published: "0.8088" } } }, "wrong-scale"],
    [{ values: { f1: { published: "180" } } }, "out-of-range"],
    [{ table: "no-such" }, "unknown-table"],
    [{ date: "2999-01-01" }, "future-date"],
    [{ source: { url: "javascript:alert(1)" } }, "malformed-link"],
    [{ modelName: "" }, "malformed"],
  ])("says what is wrong with %o", async (changes, code) => {
    const { status, json } = await web.call(
      "POST",
      "/api/catalogue/submissions",
      goodSubmission({ modelName: "Wrong", ...changes }),
      "submitter",
    );
    expect(status).toBe(422);
    expect(json.errors.map((each: { code: string }) => each.code)).toContain(code);
  });

  it("takes a record alone, and finds its table and numbers", async () => {
    const record = sampleRecord({ metrics: { precision: 70.11, recall: 72.5, f1: 71.29 }, seeds: [9] });
    const client = (sent: unknown, table?: string) =>
      submitToCatalogue({
        server: "http://localhost",
        token: web.secrets.submitter,
        record: sent,
        table,
        fetch: async (url, init) => web.app.request(String(url), init),
      });
    const { content } = await client(record);
    expect(content.result).toMatchObject({ table: TABLE, values: { f1: { published: "71.29", value: 71.29 } } });
    expect(content.run).toEqual(record);
    await expect(client({ ...record, metrics: "none" })).rejects.toMatchObject({
      code: "fields-invalid",
      fields: [expect.objectContaining({ field: "record.metrics" })],
    });
    await expect(client({ ...record, dataset: { ...record.dataset, id: "unheard-of" } })).rejects.toMatchObject({
      message: expect.stringContaining("unheard-of"),
    });
    await expect(client(record, "no-such-table")).rejects.toMatchObject({
      message: expect.stringContaining("no-such-table"),
    });
  });

  it("shows submissions to their sender and to reviewers only", async () => {
    const { json } = await web.call(
      "POST",
      "/api/catalogue/submissions",
      { ...goodSubmission({ modelName: "Private", values: { f1: { published: "61.5" } } }), comment: "hush" },
      "submitter",
    );
    expect((await web.call("GET", `/api/catalogue/submissions/${json.id}`)).status).toBe(401);
    expect((await web.call("GET", `/api/catalogue/submissions/${json.id}`, undefined, "submitter")).status).toBe(200);
    const { secret } = await web.store.createToken("another", "submitter", { name: "admin", role: "admin" });
    const other = await web.app.request(`/api/catalogue/submissions/${json.id}`, {
      headers: { Authorization: `Bearer ${secret}` },
    });
    expect(other.status).toBe(404);
    const list = await web.app.request("/api/catalogue/submissions", {
      headers: { Authorization: `Bearer ${secret}` },
    });
    expect(((await list.json()) as { count: number }).count).toBe(0);
    expect(
      (
        await web.call(
          "POST",
          `/api/catalogue/submissions/${json.id}/reject`,
          { version: 1, reason: "A test" },
          "reviewer",
        )
      ).json.state,
    ).toBe("rejected");
  });

  it("gives the verified mark only for a record that repeats the claimed one", async () => {
    const measured = {
      ...goodSubmission({ modelName: "Measured", values: { f1: { published: "83.4" } } }),
      run: sampleRecord(),
    };
    const { json } = await web.call("POST", "/api/catalogue/submissions", measured, "submitter");
    const result = (await web.call("POST", `/api/catalogue/submissions/${json.id}/accept`, { version: 1 }, "reviewer"))
      .json;
    const verify = (record: unknown) =>
      web.call("POST", `/api/catalogue/results/${result.id}/verifications`, { record }, "reviewer");
    expect((await verify({ nonsense: true })).status).toBe(422);
    expect((await verify(sampleRecord({ metrics: { f1: 60 } }))).json.code).toBe("catalogue-unverified");
    expect((await verify(sampleRecord({ createdAt: "2026-02-02T03:04:05.000Z" }))).status).toBe(201);
    expect((await web.page(`/result/${result.id}`)).html).toContain("✓ verified");
  });

  it("refuses a token that is revoked or expired", async () => {
    const admin = { name: "admin", role: "admin" } as const;
    const revoked = await web.store.createToken("gone", "reviewer", admin);
    await web.store.revokeToken(revoked.token.id, admin);
    const response = await web.app.request("/api/v1/papers", { headers: { Authorization: `Token ${revoked.secret}` } });
    expect(response.status).toBe(401);
  });
});
