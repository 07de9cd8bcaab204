// `biobert pull` and `--model NAME`: what a terminal and a pipe see, and the exit codes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bertRepository, cacheFolder, startHub } from "../hub/hub-server.ts";
import { fakeLog, fakeRooms, run } from "./harness.ts";

const NAME = "someone/some-bert";

async function workspace() {
  const hub = await startHub({ [NAME]: bertRepository() });
  const home = cacheFolder();
  return { hub, home, environment: { HF_HOME: home, HF_ENDPOINT: hub.endpoint } };
}

it("writes events as JSON lines into a pipe, and nothing on standard error", async () => {
  const { environment } = await workspace();
  const { code, out, err } = await run(["pull", NAME], { environment });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const events = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; directory?: string; downloadedBytes?: number });
  expect(events[0]!.type).toBe("start");
  expect(events.at(-1)).toMatchObject({ type: "end", downloadedBytes: 300_060 });
  expect(readFileSync(join(events.at(-1)!.directory!, "config.json"), "utf8")).toContain("bert");
});

it("shows a person where it lies and what to do next", async () => {
  const { environment } = await workspace();
  const { code, out, err } = await run(["pull", NAME], { environment, terminal: true });
  expect(code).toBe(0);
  expect(out).toMatch(/^Model {2}\S+snapshots\S+\nUse {4}biobert fine-tune ner --model someone\/some-bert/);
  expect(err).toMatch(/3 files, 0\.3 MB/);
  expect(err).toMatch(/checked/);
  const again = await run(["pull", NAME], { environment, terminal: true });
  expect(again.err).toMatch(/already in the cache/);
});

it("tells of waits and damages on a terminal", async () => {
  const { hub, environment } = await workspace();
  hub.fault = ({ server, method, path, earlier }) => {
    if (path.startsWith("/api/") && earlier === 0)
      return { kind: "status", status: 429, headers: { "retry-after": "0" } };
    return server === "content" && method === "GET" && earlier === 0 ? { kind: "corrupt" } : undefined;
  };
  const { code, err } = await run(["pull", NAME], { environment, terminal: true });
  expect(code).toBe(0);
  expect(err).toMatch(
    /the list of files: 127\.0\.0\.1:\d+ limits how often it may be asked \(429\); trying again in 0s/,
  );
  expect(err).toMatch(/model\.safetensors: its SHA-256 is .*; fetching it again/);
});

it("lists the known models, as a table and as JSON lines", async () => {
  const table = await run(["pull", "--list"]);
  expect(table.code).toBe(0);
  expect(table.out).toMatch(/dmis-lab\/biobert-base-cased-v1\.1 +cased +not stated/);
  const lines = (await run(["pull", "--list", "--json", "biobert"])).out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string });
  expect(lines.length).toBe(7);
  expect(lines.every(({ name }) => name.startsWith("dmis-lab/biobert-"))).toBe(true);
});

it("ends with a code and what to do when there is no such model, no name, or no network allowed", async () => {
  const { environment } = await workspace();
  const missing = await run(["pull", "dmis-lab/biobert-base-cased-v1.3"], { environment });
  expect(missing.code).toBe(1);
  expect(missing.err).toMatch(/^error\[hub-not-found\]: .*\n {2}Did you mean dmis-lab\/biobert-base-cased-v1\.[12]/);
  expect((await run(["pull"], { environment })).code).toBe(2);
  expect((await run(["pull", "not a name"], { environment })).code).toBe(2);
  const offline = await run(["annotate", "--model", NAME], {
    environment: { ...environment, HF_HUB_OFFLINE: "1" },
    input: ["text"],
  });
  expect(offline.code).toBe(1);
  expect(offline.err).toMatch(
    /^error\[hub-offline\]: .*\n {2}Unset HF_HUB_OFFLINE and run: biobert pull someone\/some-bert\n$/,
  );
});

it("stops with 130 when Ctrl-C comes, and goes on from there", async () => {
  const { hub, environment } = await workspace();
  const stop = new AbortController();
  hub.fault = ({ server }) => {
    if (server !== "content") return undefined;
    setTimeout(() => stop.abort(), 200);
    return { kind: "stall", bytes: 120_000 };
  };
  const stopped = await run(["pull", NAME], { environment, signal: stop.signal });
  expect(stopped.code).toBe(130);
  expect(stopped.err).toBe("What has come is kept: the same command goes on from there.\n");
  hub.fault = () => undefined;
  const { code, out } = await run(["pull", NAME], { environment });
  expect(code).toBe(0);
  expect(out).toMatch(/"state":"resume","fromByte":120000/);
});

it("takes a hub's name wherever a model is asked for", async () => {
  const { hub, home, environment } = await workspace();
  const sizes = { vocab_size: 6, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 4 };
  const config = JSON.stringify({ ...sizes, max_position_embeddings: 32, id2label: { 0: "O", 1: "B-Disease" } });
  hub.models[NAME]!.files["config.json"] = { content: new TextEncoder().encode(config) };
  const log = fakeLog();
  const first = await run(["annotate", "--model", NAME], { environment, rooms: fakeRooms({ log }), input: ["fever"] });
  expect(first).toMatchObject({ code: 0, err: `${NAME}: not in the cache, pulling it\n` });
  const directory = log.loaded[0]!.directory;
  expect(directory.startsWith(join(home, "hub", "models--someone--some-bert", "snapshots"))).toBe(true);
  const asked = hub.seen.length;
  const training = ["fine-tune", "ner", "--model", NAME, "--train", "train.tsv", "--out", join(cacheFolder(), "out")];
  const tuned = await run(training, { environment, rooms: fakeRooms({ log }) });
  expect(tuned.code).toBe(0);
  expect(log.training!.modelDirectory).toBe(directory);
  const converted = await run(["convert", NAME, join(cacheFolder(), "out"), "--to", "onnx"], { environment });
  // The rooms that stand in read the settings, which leave the casing open, and no weights.
  expect(converted.err).toMatch(/^warning\[casing-from-vocabulary\].*\n$/);
  expect(converted.code).toBe(0);
  expect(hub.seen.length).toBe(asked);
});
