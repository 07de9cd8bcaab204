// Any series of failures ends: with the right bytes, or with an error that has a code and a cache that the next pull mends.

import fc from "fast-check";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BiobertError } from "../../src/core/index.ts";
import { pullModel } from "../../src/hub/index.ts";
import { bertRepository, cacheFolder, COMMIT, type Fault, type HubServer, startHub } from "./hub-server.ts";

const NAME = "someone/some-bert";
const WANTED = ["config.json", "model.safetensors", "vocab.txt"];

const bytes = fc.integer({ min: 0, max: 60_000 });
const status = fc.constantFrom(200, 204, 206, 301, 400, 401, 403, 404, 408, 416, 429, 500, 503);
const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.record({ kind: fc.constant("cut" as const), bytes }),
  fc.record({ kind: fc.constant("stall" as const), bytes }),
  fc.record({
    kind: fc.constantFrom("corrupt" as const, "ignore-range" as const, "wrong-range" as const, "longer" as const),
  }),
  fc.record({ kind: fc.constant("status" as const), status, headers: fc.constant({ "retry-after": "0" }) }),
  fc.record({
    kind: fc.constant("redirect" as const),
    location: fc.constantFrom("/", "//", "x", "http://127.0.0.1:9/"),
  }),
);

it("ends well or with a code, and never with a file that is not the hub's", async () => {
  const repository = bertRepository();
  const hub: HubServer = await startHub({ [NAME]: repository });
  const pull = (home: string) =>
    pullModel(NAME, {
      environment: {
        HF_HOME: home,
        HF_ENDPOINT: hub.endpoint,
        HF_HUB_DOWNLOAD_TIMEOUT: "0.3",
        HF_HUB_ETAG_TIMEOUT: "2",
      },
      retry: { firstWaitSeconds: 0.001, longestWaitSeconds: 0.01 },
    });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 12 }), async (faults) => {
      const home = cacheFolder();
      let next = 0;
      hub.fault = () => faults[next++];
      const before = hub.seen.length;
      const result = await pull(home).catch((error: unknown) => error);
      expect(hub.seen.length - before).toBeLessThan(150);
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(BiobertError);
        expect((result as BiobertError).code).toMatch(/^(hub-|download-|model-missing)/);
      }
      const snapshot = join(home, "hub", "models--someone--some-bert", "snapshots", COMMIT);
      const whole = (file: string): boolean =>
        readFileSync(join(snapshot, file)).equals(repository.files[file]!.content);
      for (const file of WANTED) if (existsSync(join(snapshot, file))) expect(whole(file)).toBe(true);
      hub.fault = () => undefined;
      const { directory } = await pull(home);
      expect(directory).toBe(snapshot);
      expect(WANTED.every(whole)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
