// Pulling from a hub on this machine: the cache as Python's huggingface_hub lays it out, and every way a download goes wrong.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { BiobertError } from "../../src/core/index.ts";
import { type PullEvent, type PulledModel, pullModel, type PullOptions } from "../../src/hub/index.ts";
import {
  bertRepository,
  cacheFolder,
  COMMIT,
  gitSha1,
  type HubModel,
  type HubServer,
  sha256,
  someBytes,
  startHub,
} from "./hub-server.ts";

const NAME = "someone/some-bert";
const WANTED = ["config.json", "model.safetensors", "vocab.txt"];

interface Attempt {
  model?: PulledModel;
  error?: BiobertError;
  events: PullEvent[];
}

/** Pulls with short waits; nothing is thrown. */
async function attempt(hub: HubServer, home: string, options: PullOptions & { name?: string } = {}): Promise<Attempt> {
  const events: PullEvent[] = [];
  const { name = NAME, environment, onEvent, ...rest } = options;
  try {
    const model = await pullModel(name, {
      environment: { HF_HOME: home, HF_ENDPOINT: hub.endpoint, HF_HUB_DOWNLOAD_TIMEOUT: "5", ...environment },
      retry: { firstWaitSeconds: 0.01 },
      ...rest,
      onEvent: (event) => {
        events.push(event);
        onEvent?.(event);
      },
    });
    return { model, events };
  } catch (error) {
    if (!(error instanceof BiobertError)) throw error;
    return { error, events };
  }
}

const modelFolder = (home: string): string => join(home, "hub", "models--someone--some-bert");
const blobs = (home: string): string[] =>
  existsSync(join(modelFolder(home), "blobs")) ? readdirSync(join(modelFolder(home), "blobs")).sort() : [];
const ofType = <T extends PullEvent["type"]>(events: PullEvent[], type: T): Extract<PullEvent, { type: T }>[] =>
  events.filter((event): event is Extract<PullEvent, { type: T }> => event.type === type);
const contentRequests = (hub: HubServer) =>
  hub.seen.filter(({ server, method }) => server === "content" && method === "GET");

function expectWhole(repository: HubModel, model: PulledModel | undefined): void {
  for (const file of WANTED)
    expect(readFileSync(join(model!.directory, file)).equals(repository.files[file]!.content)).toBe(true);
}

it("lays the cache out as huggingface_hub does, takes what a model needs and nothing else", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  const { model, events } = await attempt(hub, home);
  const snapshot = join(modelFolder(home), "snapshots", COMMIT);
  expect(model).toMatchObject({ name: NAME, revision: "main", commit: COMMIT, directory: snapshot });
  expect(readdirSync(snapshot).sort()).toEqual(WANTED);
  expectWhole(repository, model);
  const { content } = repository.files["model.safetensors"]!;
  expect(blobs(home)).toEqual(
    [sha256(content), ...["config.json", "vocab.txt"].map((file) => gitSha1(repository.files[file]!.content))].sort(),
  );
  expect(readlinkSync(join(snapshot, "model.safetensors"))).toBe(`../../blobs/${sha256(content)}`);
  expect(readFileSync(join(modelFolder(home), "refs", "main"), "utf8")).toBe(COMMIT);
  expect(readdirSync(join(modelFolder(home), ".no_exist", COMMIT))).toContain("tokenizer_config.json");
  expect(readFileSync(join(home, "hub", "CACHEDIR.TAG"), "utf8")).toMatch(
    /^Signature: 8a477f597d28d172789f06886806bc55\n/,
  );
  expect(readdirSync(join(home, "hub", ".locks", "models--someone--some-bert"))).toEqual([]);
  const total = WANTED.reduce((sum, file) => sum + repository.files[file]!.content.length, 0);
  expect(model!.downloadedBytes).toBe(total);
  expect(ofType(events, "start")).toMatchObject([{ totalBytes: total, commit: COMMIT }]);
  expect(ofType(events, "end")).toMatchObject([{ downloadedBytes: total, directory: snapshot }]);
});

it("checks what is there and fetches nothing twice", async () => {
  const hub = await startHub({ [NAME]: bertRepository() });
  const home = cacheFolder();
  await attempt(hub, home);
  hub.seen.length = 0;
  const { model, events } = await attempt(hub, home);
  expect(model!.downloadedBytes).toBe(0);
  expect(ofType(events, "file").map(({ state }) => state)).toEqual(["cached", "cached", "cached"]);
  expect(contentRequests(hub)).toEqual([]);
});

it("shares blobs between revisions and keeps a ref for each", async () => {
  const repository = bertRepository();
  const tagged = "f".repeat(40);
  repository.revisions = { "release/1.0": tagged, [tagged]: tagged };
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  await attempt(hub, home);
  const { model } = await attempt(hub, home, { name: `${NAME}@release/1.0` });
  expect(model).toMatchObject({ commit: tagged, downloadedBytes: 0 });
  expectWhole(repository, model);
  expect(readFileSync(join(modelFolder(home), "refs", "release", "1.0"), "utf8")).toBe(tagged);
  const pinned = await attempt(hub, home, { name: `${NAME}@${COMMIT}` });
  expect(pinned.model!.commit).toBe(COMMIT);
  expect(readdirSync(join(modelFolder(home), "refs")).sort()).toEqual(["main", "release"]);
});

it("sends the token to the hub and to nobody else, and never tells it", async () => {
  const repository = { ...bertRepository(), gated: true };
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  const { model, events } = await attempt(hub, home, { environment: { HF_TOKEN: ` ${hub.token}\n` } });
  expectWhole(repository, model);
  expect(
    hub.seen
      .filter(({ server }) => server === "hub")
      .every(({ headers }) => headers.authorization === "Bearer hf_right"),
  ).toBe(true);
  expect(contentRequests(hub).length).toBe(1);
  expect(contentRequests(hub).every(({ headers }) => headers.authorization === undefined)).toBe(true);
  expect(JSON.stringify(events)).not.toContain("hf_right");

  const other = cacheFolder();
  writeFileSync(join(other, "token"), `${hub.token}\n`);
  expect((await attempt(hub, other)).model).toBeDefined();
  const unused = await attempt(hub, other, {
    name: "someone/other",
    environment: { HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" },
  });
  expect(hub.seen.at(-1)!.headers.authorization).toBeUndefined();
  expect(unused.error!.code).toBe("hub-not-found");
});

it("never shows a token that is refused or cannot be sent", async () => {
  const hub = await startHub({ [NAME]: bertRepository() });
  const wrong = await attempt(hub, cacheFolder(), { environment: { HF_TOKEN: "hf_wrong_hidden" } });
  expect(wrong.error!.code).toBe("hub-access");
  const broken = await attempt(hub, cacheFolder(), { environment: { HF_TOKEN: "hf_wröng_hidden" } });
  expect(broken.error!.code).toBe("usage");
  for (const { error } of [wrong, broken]) {
    expect(`${error!.describe()} ${error!.stack} ${JSON.stringify(error)}`).not.toMatch(/hidden/);
  }
  await hub.close();
  const dead = await attempt(hub, cacheFolder(), {
    environment: { HF_TOKEN: "hf_wrong_hidden" },
    retry: { failures: 0 },
  });
  expect(dead.error!.code).toBe("hub-unreachable");
  expect(`${dead.error!.stack} ${(dead.error!.cause as Error | undefined)?.stack}`).not.toMatch(/hidden/);
});

it("goes on with Range after cuts, and after being stopped", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  hub.fault = ({ server, earlier }) =>
    server === "content" && earlier < 3 ? { kind: "cut", bytes: 60_000 } : undefined;
  const { model, events } = await attempt(hub, home);
  expectWhole(repository, model);
  expect(ofType(events, "retry").length).toBe(3);
  const starts = contentRequests(hub).map(({ headers }) =>
    Number(/^bytes=(\d+)-$/.exec(headers.range ?? "bytes=0-")![1]),
  );
  expect(starts[0]).toBe(0);
  expect(starts.slice(1).every((start, i) => start > starts[i]!)).toBe(true);
  // Nothing came twice.
  expect(model!.downloadedBytes).toBe(WANTED.reduce((sum, file) => sum + repository.files[file]!.content.length, 0));

  const second = cacheFolder();
  const stop = new AbortController();
  hub.seen.length = 0;
  hub.fault = ({ server }) => (server === "content" ? { kind: "stall", bytes: 100_000 } : undefined);
  const stopped = await attempt(hub, second, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "progress" && event.file === "model.safetensors") stop.abort();
    },
  });
  expect(stopped.error!.code).toBe("interrupted");
  const left = blobs(second).find((name) => name.endsWith(".incomplete"))!;
  const size = statSync(join(modelFolder(second), "blobs", left)).size;
  expect(size).toBeGreaterThan(0);
  expect(existsSync(join(modelFolder(second), "refs", "main"))).toBe(false);
  hub.fault = () => undefined;
  const resumed = await attempt(hub, second);
  expectWhole(repository, resumed.model);
  expect(ofType(resumed.events, "file")).toContainEqual(
    expect.objectContaining({ file: "model.safetensors", state: "resume", fromByte: size }),
  );
  expect(contentRequests(hub).at(-1)!.headers.range).toBe(`bytes=${size}-`);
  expect(blobs(second).some((name) => name.endsWith(".incomplete"))).toBe(false);
});

it("gives a connection that has gone silent up and tries again", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  hub.fault = ({ server, earlier }) =>
    server === "content" && earlier === 0 ? { kind: "stall", bytes: 50_000 } : undefined;
  const { model, events } = await attempt(hub, cacheFolder(), { environment: { HF_HUB_DOWNLOAD_TIMEOUT: "0.5" } });
  expectWhole(repository, model);
  expect(ofType(events, "retry")[0]!.reason).toMatch(/sent nothing for 0.5 s/);
});

it("starts anew where the server cannot go on from a byte", async () => {
  const repository = bertRepository();
  for (const kind of ["ignore-range", "wrong-range"] as const) {
    const hub = await startHub({ [NAME]: repository });
    hub.fault = ({ server, earlier }) => {
      if (server !== "content" || earlier > 1) return undefined;
      return earlier === 0 ? { kind: "cut", bytes: 60_000 } : { kind };
    };
    const { model } = await attempt(hub, cacheFolder());
    expectWhole(repository, model);
  }
  // What an earlier run left is longer than the file, or no part of it: checked, thrown away, fetched again.
  for (const left of [someBytes(400_000, 9), someBytes(1000, 9), someBytes(300_000, 9)]) {
    const hub = await startHub({ [NAME]: repository });
    const home = cacheFolder();
    const partial = join(
      modelFolder(home),
      "blobs",
      `${sha256(repository.files["model.safetensors"]!.content)}.biobert.incomplete`,
    );
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, left);
    expectWhole(repository, (await attempt(hub, home)).model);
    expect(existsSync(partial)).toBe(false);
  }
});

it("finds content that is not what the hub says, and gives up when it stays so", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  hub.fault = ({ server, earlier }) => (server === "content" && earlier === 0 ? { kind: "corrupt" } : undefined);
  const mended = await attempt(hub, cacheFolder());
  expectWhole(repository, mended.model);
  expect(ofType(mended.events, "damaged")).toMatchObject([{ file: "model.safetensors" }]);

  for (const file of ["model.safetensors", "vocab.txt"]) {
    const home = cacheFolder();
    hub.fault = ({ method, path }) => (method === "GET" && path.endsWith(file) ? { kind: "corrupt" } : undefined);
    const before = hub.seen.length;
    const { error } = await attempt(hub, home);
    expect(error!.code).toBe("download-damaged");
    expect(error!.describe()).toMatch(file === "vocab.txt" ? /git SHA-1/ : /SHA-256/);
    expect(hub.seen.length - before).toBeLessThan(20);
    expect(existsSync(join(modelFolder(home), "snapshots", COMMIT, file))).toBe(false);
    expect(existsSync(join(modelFolder(home), "refs", "main"))).toBe(false);
  }
});

it("takes no more bytes than the file has", async () => {
  const hub = await startHub({ [NAME]: bertRepository() });
  hub.fault = ({ server }) => (server === "content" ? { kind: "longer" } : undefined);
  const { error } = await attempt(hub, cacheFolder());
  expect(error!.code).toBe("hub-answer");
  expect(error!.message).toMatch(/more than the 300000 bytes/);
});

it("waits as long as the hub asks, up to a bound", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const limits: Record<string, string>[] = [
    { "retry-after": "0" },
    { ratelimit: '"api";r=0;t=0', "ratelimit-policy": '"fixed window";"api";q=500;w=300' },
  ];
  hub.fault = ({ path, earlier }) =>
    path.startsWith("/api/") && earlier < limits.length
      ? { kind: "status", status: 429, headers: limits[earlier]! }
      : undefined;
  const { model, events } = await attempt(hub, cacheFolder(), { retry: { firstWaitSeconds: 60 } });
  expectWhole(repository, model);
  expect(ofType(events, "retry").map(({ waitSeconds }) => waitSeconds)).toEqual([0, 0]);

  hub.fault = () => ({ kind: "status", status: 429, headers: { "retry-after": "86400" } });
  const { error } = await attempt(hub, cacheFolder());
  expect(error!.code).toBe("hub-unreachable");
  expect(error!.message).toMatch(/429.*wait 86400 s/);
});

it("bears failures that pass, and a bounded number of those that do not", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  hub.fault = ({ earlier }) => (earlier < 2 ? { kind: "status", status: 503 } : undefined);
  expectWhole(repository, (await attempt(hub, cacheFolder())).model);

  hub.seen.length = 0;
  hub.fault = () => ({ kind: "status", status: 500 });
  const { error } = await attempt(hub, cacheFolder());
  expect(error!.code).toBe("hub-unreachable");
  expect(error!.describe()).toMatch(/answered 500/);
  expect(hub.seen.length).toBe(6);

  // Bytes that keep coming do not make it endless.
  hub.seen.length = 0;
  hub.fault = ({ server }) => (server === "content" ? { kind: "cut", bytes: 100 } : undefined);
  const drip = await attempt(hub, cacheFolder(), { retry: { firstWaitSeconds: 0.001, failuresInAll: 12 } });
  expect(drip.error!.code).toBe("hub-unreachable");
  expect(contentRequests(hub).length).toBe(13);
});

it("says what is not there, and what may have been meant", async () => {
  const hub = await startHub({ [NAME]: bertRepository() });
  const home = cacheFolder();
  const unknown = await attempt(hub, home, { name: "dmis-lab/biobert-base-case-v1.1" });
  expect(unknown.error!.code).toBe("hub-not-found");
  expect(unknown.error!.hint).toMatch(/dmis-lab\/biobert-base-cased-v1\.1/);
  const withToken = await attempt(hub, home, { name: "nobody/nothing", environment: { HF_TOKEN: hub.token } });
  expect(withToken.error!.message).toMatch(/the token may not see it/);
  const revision = await attempt(hub, home, { name: `${NAME}@v9` });
  expect(revision.error!.code).toBe("hub-not-found");
  expect(revision.error!.message).toBe(`${NAME} has no revision "v9"`);
  for (const name of ["../etc/passwd", "a/b/c", "someone/--x", "someone/a--b", "someone/x@../../y", "someone/x@", ""]) {
    expect((await attempt(hub, home, { name })).error!.code).toBe("usage");
  }
  expect(existsSync(join(home, "hub"))).toBe(false);
});

it("says what to do for a gated model", async () => {
  const hub = await startHub({ [NAME]: { ...bertRepository(), gated: true } });
  const { error } = await attempt(hub, cacheFolder());
  expect(error!.code).toBe("hub-access");
  expect(error!.describe()).toMatch(/gated.*\n.*accept its terms.*HF_TOKEN/);
  hub.fault = ({ path }) =>
    path.includes("/resolve/") ? { kind: "status", status: 403, headers: { "x-error-code": "GatedRepo" } } : undefined;
  const refused = await attempt(hub, cacheFolder(), { environment: { HF_TOKEN: hub.token } });
  expect(refused.error!.code).toBe("hub-access");
  expect(refused.error!.hint).toMatch(/as the token's owner/);
});

it("uses the cache where the network is forbidden or the hub is gone", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  const nothing = await attempt(hub, home, { environment: { HF_HUB_OFFLINE: "1" } });
  expect(nothing.error!.code).toBe("hub-offline");
  expect(hub.seen).toEqual([]);
  await attempt(hub, home);
  hub.seen.length = 0;
  const offline = await attempt(hub, home, { environment: { TRANSFORMERS_OFFLINE: "true" } });
  expectWhole(repository, offline.model);
  expect(hub.seen).toEqual([]);
  await hub.close();
  const gone = await attempt(hub, home);
  expectWhole(repository, gone.model);
  expect(ofType(gone.events, "warning")).toMatchObject([{ code: "hub-unreachable" }]);
  const never = await attempt(hub, cacheFolder());
  expect(never.error!.code).toBe("hub-unreachable");
  expect(never.error!.message).toMatch(/refuses the connection/);
});

it("keeps the older snapshot when a newer one stops halfway", async () => {
  const older = bertRepository();
  const hub = await startHub({ [NAME]: older });
  const home = cacheFolder();
  await attempt(hub, home);
  hub.models[NAME] = { ...bertRepository(someBytes(200_000, 3)), commit: "b".repeat(40) };
  hub.fault = ({ server }) => (server === "content" ? { kind: "status", status: 503 } : undefined);
  expect((await attempt(hub, home)).error!.code).toBe("hub-unreachable");
  const offline = await attempt(hub, home, { environment: { HF_HUB_OFFLINE: "1" } });
  expect(offline.model!.commit).toBe(COMMIT);
  expectWhole(older, offline.model);
});

it("mends a damaged cache", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  const { model } = await attempt(hub, home);
  const wrong = Buffer.from(repository.files["model.safetensors"]!.content);
  wrong[5]! ^= 1;
  writeFileSync(join(model!.directory, "model.safetensors"), wrong);
  writeFileSync(join(model!.directory, "vocab.txt"), "cut");
  const mended = await attempt(hub, home);
  expectWhole(repository, mended.model);
  expect(new Set(ofType(mended.events, "damaged").map(({ file }) => file))).toEqual(
    new Set(["model.safetensors", "vocab.txt"]),
  );
});

it("puts files where links are not allowed", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  const environment = { HF_HUB_DISABLE_SYMLINKS: "1" };
  const { model } = await attempt(hub, home, { environment });
  expectWhole(repository, model);
  expect(WANTED.every((file) => lstatSync(join(model!.directory, file)).isFile())).toBe(true);
  expect(blobs(home)).toEqual([]);
  expect((await attempt(hub, home, { environment })).model!.downloadedBytes).toBe(0);
  // A blob that Python left beside its links is copied, not taken away.
  const other = cacheFolder();
  const linked = await attempt(hub, other);
  repository.revisions = { next: "c".repeat(40), ["c".repeat(40)]: "c".repeat(40) };
  const next = await attempt(hub, other, { name: `${NAME}@next`, environment });
  expectWhole(repository, next.model);
  expectWhole(repository, linked.model);
});

it("refuses at the start what the disk cannot hold", async () => {
  const repository = bertRepository();
  repository.files["model.safetensors"]!.size = 9e14;
  const hub = await startHub({ [NAME]: repository });
  const { error } = await attempt(hub, cacheFolder());
  expect(error!.code).toBe("disk-full");
  expect(error!.message).toMatch(/needs 9000000\d\d MB and \d+ MB are free/);
  expect(contentRequests(hub)).toEqual([]);
});

it("follows the hub's own redirects and no senseless ones", async () => {
  const repository = bertRepository();
  const hub = await startHub({ "new-home/some-bert": repository });
  const moved: HubServer["fault"] = ({ server, path }) =>
    server === "hub" && path.includes(NAME)
      ? { kind: "redirect", location: path.replace("someone", "new-home") }
      : undefined;
  hub.fault = moved;
  const home = cacheFolder();
  const { model } = await attempt(hub, home, { environment: { HF_TOKEN: hub.token } });
  expectWhole(repository, model);
  expect(model!.directory.startsWith(modelFolder(home))).toBe(true);
  for (const location of [
    "file:///etc/passwd",
    "http://[",
    "/api/models/round/revision/main",
    "http://user:pw@127.0.0.1/",
  ]) {
    hub.seen.length = 0;
    hub.fault = ({ path }) => (path.startsWith("/api/") ? { kind: "redirect", location } : undefined);
    const { error } = await attempt(hub, cacheFolder());
    expect(error!.code).toBe("hub-answer");
    expect(error!.describe()).not.toMatch(/passwd|user:pw/);
    expect(hub.seen.length).toBeLessThan(15);
  }
});

it("refuses answers that are no hub's", async () => {
  const hub = await startHub({ [NAME]: bertRepository() });
  const file = (changes: object): HubModel => {
    const model = bertRepository();
    return { ...model, files: { ...model.files, "vocab.txt": { ...model.files["vocab.txt"]!, ...changes } } };
  };
  for (const etag of ["../../../evil", "", "a/b", "x".repeat(200)]) {
    hub.models[NAME] = file({ etag });
    expect((await attempt(hub, cacheFolder())).error!.code).toBe("hub-answer");
  }
  for (const commit of ["../../evil", "a/b", ""]) {
    hub.models[NAME] = { ...bertRepository(), commit };
    expect((await attempt(hub, cacheFolder())).error!.code).toBe("hub-answer");
  }
  const hostile = bertRepository();
  hub.models[NAME] = {
    ...hostile,
    files: { ...hostile.files, "../../evil.json": { content: someBytes(3) }, "/etc/x": { content: someBytes(3) } },
  };
  const home = cacheFolder();
  const { model } = await attempt(hub, home);
  expect(readdirSync(model!.directory).sort()).toEqual(WANTED);
  hub.fault = () => ({ kind: "status", status: 418 });
  expect((await attempt(hub, cacheFolder())).error!.code).toBe("hub-answer");
  hub.fault = () => ({ kind: "status", status: 200 });
  expect((await attempt(hub, cacheFolder())).error!.code).toBe("hub-answer");
});

it("checks the size alone where a mirror gives no checksum, and says so", async () => {
  const repository = bertRepository();
  repository.files["vocab.txt"]!.etag = "mirror-tag";
  const hub = await startHub({ [NAME]: repository });
  const { model, events } = await attempt(hub, cacheFolder());
  expectWhole(repository, model);
  expect(ofType(events, "warning")).toMatchObject([{ code: "checksum-missing" }]);
});

it("takes whole sets of weights: shards with their index, PyTorch's or TensorFlow's where there is nothing better", async () => {
  const hub = await startHub();
  const { "model.safetensors": _weights, "pytorch_model.bin": torch, ...files } = bertRepository().files;
  const index = {
    content: new TextEncoder().encode(
      JSON.stringify({ weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" } }),
    ),
  };
  const sharded: HubModel["files"] = {
    ...files,
    "pytorch_model.bin": torch!,
    "model.safetensors.index.json": index,
    "model-00001-of-00002.safetensors": { content: someBytes(5000, 2), large: true },
    "model-00002-of-00002.safetensors": { content: someBytes(4000, 3), large: true },
  };
  const repository = (list: HubModel["files"]): Record<string, HubModel> => ({
    [NAME]: { commit: COMMIT, files: list },
  });
  Object.assign(hub.models, repository(sharded));
  const home = cacheFolder();
  expect((await attempt(hub, home)).model!.files).toEqual([
    "config.json",
    "vocab.txt",
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ]);
  expect((await attempt(hub, home, { environment: { HF_HUB_OFFLINE: "1" } })).model).toBeDefined();
  const { "model-00002-of-00002.safetensors": _second, ...short } = sharded;
  Object.assign(hub.models, repository(short));
  const missing = await attempt(hub, cacheFolder());
  expect(missing.error!.code).toBe("model-missing");
  expect(missing.error!.message).toMatch(/model-00002-of-00002.safetensors/);
  Object.assign(hub.models, repository({ ...files, "pytorch_model.bin": torch! }));
  expect((await attempt(hub, cacheFolder())).model!.files).toEqual(["config.json", "vocab.txt", "pytorch_model.bin"]);
  const data = { content: someBytes(100, 4), large: true };
  Object.assign(
    hub.models,
    repository({
      ...files,
      "model.ckpt-1000000.index": data,
      "model.ckpt-1000000.data-00000-of-00001": data,
      "model.ckpt-1000000.meta": data,
    }),
  );
  expect((await attempt(hub, cacheFolder())).model!.files).toEqual([
    "config.json",
    "vocab.txt",
    "model.ckpt-1000000.index",
    "model.ckpt-1000000.data-00000-of-00001",
  ]);
  Object.assign(hub.models, repository({ ...files, "tf_model.h5": data }));
  const none = await attempt(hub, cacheFolder());
  expect(none.error!.code).toBe("model-missing");
  expect(none.error!.hint).toMatch(/tf_model\.h5/);
  const { "config.json": _config, ...bare } = files;
  Object.assign(hub.models, repository({ ...bare, "pytorch_model.bin": torch! }));
  expect((await attempt(hub, cacheFolder())).error!.code).toBe("model-missing");
});

it("fetches once what two ask for at the same time", async () => {
  const repository = bertRepository();
  const hub = await startHub({ [NAME]: repository });
  const home = cacheFolder();
  let release: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  hub.fault = ({ server }) => (server === "content" ? { kind: "wait", until } : undefined);
  const onEvent = (event: PullEvent): void => {
    if (event.type === "waiting" && event.file === "model.safetensors") release();
  };
  const [first, second] = await Promise.all([attempt(hub, home, { onEvent }), attempt(hub, home, { onEvent })]);
  expectWhole(repository, first.model);
  expectWhole(repository, second.model);
  expect(contentRequests(hub).length).toBe(1);
});
