// `biobert results serve` in this process, and `evaluate --submit` against it over a real socket.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { lazyRooms } from "../../src/cli/common/rooms.ts";
import { fakeRooms, run } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "biobert-serve-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const environment = { BIOBERT_CATALOGUE: join(folder, "catalogue") };
const packageRoot = join(import.meta.dirname, "../..");

/** A stream that tells when its first line is there. */
function listener() {
  let text = "";
  let heard: (line: string) => void = () => {};
  const first = new Promise<string>((resolve) => {
    heard = resolve;
  });
  return {
    first,
    text: () => text,
    stream: {
      write(piece: string, done?: (error?: Error | null) => void) {
        text += piece;
        if (text.includes("\n")) heard(text.split("\n")[0]!);
        done?.();
        return true;
      },
    },
  };
}

describe("results serve", () => {
  it("says where it listens, takes a record of evaluate --submit, and stops when told", async () => {
    const made = await run(["results", "token", "create", "--role", "submitter", "a test", "--json"], {
      environment,
      packageRoot,
    });
    expect(made).toMatchObject({ code: 0 });
    const secret = /bbt_[\w-]{43}/.exec(made.out)![0];
    const abort = new AbortController();
    const out = listener();
    const err = listener();
    const ended = main(["results", "serve", "--port", "0"], {
      stdout: out.stream,
      stderr: err.stream,
      environment,
      packageRoot,
      signal: abort.signal,
    });
    const url = await Promise.race([out.first, ended.then((code) => `ended with ${code}: ${err.text()}`)]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: "ok" });

    writeFileSync(join(folder, "model.safetensors"), "weights");
    writeFileSync(join(folder, "test.tsv"), "fever\tB\n");
    const rooms = { ...fakeRooms(), catalogue: lazyRooms.catalogue };
    const evaluate = (token: string, dataset: string) =>
      run(
        [
          "evaluate",
          "ner",
          "--model",
          folder,
          "--data",
          join(folder, "test.tsv"),
          "--dataset",
          dataset,
          "--submit",
          url,
        ],
        { rooms, environment: { BIOBERT_CATALOGUE_TOKEN: token } },
      );
    const sent = await evaluate(secret, "NCBI-disease");
    expect(sent.err).toMatch(/submitted as submission-[\w-]+; it waits for review/);
    expect(sent.code).toBe(0);
    const again = await evaluate("bbt_forged", "NCBI-disease");
    expect([again.code, again.err.includes("error[not-authenticated]")]).toEqual([1, true]);
    const unknown = await evaluate(secret, "unheard-of");
    expect([unknown.code, unknown.err.includes("unheard-of")]).toEqual([1, true]);
    const without = await evaluate("", "NCBI-disease");
    expect([without.code, without.err.includes("BIOBERT_CATALOGUE_TOKEN")]).toEqual([2, true]);

    abort.abort();
    expect(await ended).toBe(0);
    const events = err
      .text()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    expect(events).toEqual(["listening", "request", "request", "request", "request", "stopping", "stopped"]);
    expect(err.text()).not.toContain(secret);
  });

  it("refuses a port that is none, and says what listens is taken", async () => {
    expect(await run(["results", "serve", "--port", "x"], { environment, packageRoot })).toMatchObject({ code: 2 });
    const refused = await run(["results", "serve", "--host", "no.such.host.invalid"], { environment, packageRoot });
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("cannot listen on no.such.host.invalid");
  });
});
