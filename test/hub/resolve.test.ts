// A model's path or name to a directory: when it is a path, when a name, and when the cache answers alone.

import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { type HubEnvironment as Environment, resolveModel } from "../../src/hub/index.ts";
import { bertRepository, cacheFolder, COMMIT, startHub } from "./hub-server.ts";

const NAME = "someone/some-bert";

/** What Python's huggingface_hub leaves: blobs, links to them, a ref. */
function writePythonCache(home: string, files: readonly string[], absent: readonly string[] = []): string {
  const folder = join(home, "hub", "models--someone--some-bert");
  const snapshot = join(folder, "snapshots", COMMIT);
  for (const path of [join(folder, "blobs"), join(folder, "refs"), snapshot]) mkdirSync(path, { recursive: true });
  files.forEach((file, i) => {
    writeFileSync(
      join(folder, "blobs", `blob${i}`),
      file.endsWith("index.json") ? '{"weight_map": {"a": "model-00001-of-00001.safetensors"}}' : "x",
    );
    symlinkSync(join("..", "..", "blobs", `blob${i}`), join(snapshot, file));
  });
  for (const file of absent) {
    const path = join(folder, ".no_exist", COMMIT, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  writeFileSync(join(folder, "refs", "main"), COMMIT);
  return snapshot;
}

it("leaves a path alone, one that is there and one that is not", async () => {
  const folder = cacheFolder();
  const environment: Environment = { HF_HOME: folder, HF_ENDPOINT: "http://127.0.0.1:1" };
  mkdirSync(join(folder, "model"));
  for (const path of [
    join(folder, "model"),
    join(folder, "nothing"),
    "my-model",
    "./a/b",
    "a/b/c",
    "../x",
    "src/no-such-model",
    "C:\\models\\x",
  ]) {
    expect(await resolveModel(path, { environment })).toBe(path);
  }
});

it("takes a name's snapshot from the cache without a word to the hub, and pulls it where it is not there", async () => {
  const hub = await startHub({ [NAME]: bertRepository() });
  const home = cacheFolder();
  const environment: Environment = { HF_HOME: home, HF_ENDPOINT: hub.endpoint };
  const heard: (string | undefined)[] = [];
  const onHubName = ({ cached }: { cached: string | undefined }): void => void heard.push(cached);
  const directory = await resolveModel(NAME, { environment, onHubName });
  expect(existsSync(join(directory, "model.safetensors"))).toBe(true);
  const asked = hub.seen.length;
  expect(asked).toBeGreaterThan(0);
  expect(await resolveModel(NAME, { environment, onHubName })).toBe(directory);
  expect(await resolveModel(`${NAME}@${COMMIT}`, { environment })).toBe(directory);
  expect(hub.seen.length).toBe(asked);
  expect(heard).toEqual([undefined, directory]);
});

it("uses what Python cached when it is complete", async () => {
  const environmentOf = (home: string): Environment => ({ HF_HOME: home, HF_HUB_OFFLINE: "1" });
  const complete: [string[], string[]?][] = [
    [["config.json", "vocab.txt", "model.safetensors"]],
    [["config.json", "vocab.txt", "pytorch_model.bin", "tokenizer.json"]],
    [["config.json", "tokenizer.json", "model.safetensors"], ["vocab.txt"]],
    [["config.json", "vocab.txt", "model.safetensors.index.json", "model-00001-of-00001.safetensors"]],
  ];
  for (const [files, absent] of complete) {
    const home = cacheFolder();
    const snapshot = writePythonCache(home, files, absent);
    expect(await resolveModel(NAME, { environment: environmentOf(home) })).toBe(snapshot);
  }
  const partial: string[][] = [
    ["config.json", "vocab.txt"],
    ["vocab.txt", "model.safetensors"],
    ["config.json", "model.safetensors"],
    // The slow tokenizer's file may be on the hub: whether it is has not been asked.
    ["config.json", "tokenizer.json", "model.safetensors"],
    ["config.json", "vocab.txt", "model.safetensors.index.json"],
    ["config.json", "vocab.txt", "model-00001-of-00001.safetensors"],
  ];
  for (const files of partial) {
    const home = cacheFolder();
    writePythonCache(home, files);
    await expect(resolveModel(NAME, { environment: environmentOf(home) })).rejects.toMatchObject({
      code: "hub-offline",
    });
  }
});

it("does not take a link to nothing for a file", async () => {
  const home = cacheFolder();
  const snapshot = writePythonCache(home, ["config.json", "vocab.txt", "model.safetensors"]);
  rmSync(join(snapshot, "..", "..", "blobs", "blob2"));
  const error: unknown = await resolveModel(NAME, { environment: { HF_HOME: home, HF_HUB_OFFLINE: "1" } }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "hub-offline", hint: `Unset HF_HUB_OFFLINE and run: biobert pull ${NAME}` });
});
