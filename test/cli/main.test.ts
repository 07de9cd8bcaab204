import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { InputStream } from "../../src/cli/common/context.ts";
import { run, temporaryFolder } from "./harness.ts";

/** Standard input that gives one piece of text and then nothing more until it is destroyed. */
class WaitingInput implements InputStream {
  destroy!: (error?: Error) => void;
  readonly waiting: Promise<void>;
  private asked!: () => void;
  private readonly end: Promise<never>;

  constructor() {
    this.waiting = new Promise((resolve) => {
      this.asked = resolve;
    });
    this.end = new Promise((_resolve, reject) => {
      this.destroy = reject;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    yield "fever";
    this.asked();
    await this.end;
  }
}

describe("the command", () => {
  it("prints its version", async () => {
    const { code, out } = await run(["--version"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[]],
    [["annotate"]],
    [["fine-tune"]],
    [["fine-tune", "ner"]],
    [["evaluate", "ner"]],
    [["bench"]],
    [["bench", "run"]],
  ])("has help for %j", async (command) => {
    const { code, out, err } = await run([...command, "--help"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).toContain(`Usage: biobert ${command.join(" ")}`.trimEnd());
    if (command.length !== 1 || command[0] === "annotate") expect(out).toMatch(/Examples:|Arguments:/);
  });

  it.each([
    ["qa", "train.json", "test.json", "new.json"],
    ["multiple-choice", "train.jsonl", "test.jsonl", "new.jsonl"],
    ["relation", "train.tsv", "test.tsv", "new.tsv"],
  ])("has examples for %s with files that its reader takes", async (task, train, test, data) => {
    const of = async (command: string) => (await run([command, task, "--help"])).out;
    expect(await of("fine-tune")).toContain(`--train ${train} --dev`);
    expect(await of("evaluate")).toContain(`--model my-model --data ${test}\n`);
    expect(await of("predict")).toContain(`--model my-model --data ${data}\n`);
  });

  it("has an example of each command that can be run", async () => {
    const named = [...(await run(["bench", "--help"])).out.matchAll(/biobert bench run ([\w-]+)/g)];
    expect(named.map(([, name]) => existsSync(join(import.meta.dirname, "..", "..", "bench", `${name}.mjs`)))).toEqual([
      true,
    ]);
    const [running, training] = [await run(["predict", "qa", "--help"]), await run(["fine-tune", "qa", "--help"])];
    expect(running.out.replaceAll(/\s+/g, " ")).toContain("of a model trained with --unanswerable: no answer is given");
    expect(training.out.replaceAll(/\s+/g, " ")).toContain(
      "--null-threshold <X> with --unanswerable: no answer is given",
    );
  });

  it.each([
    [["annotate", "--fromat", "jsonl"], "unknown option '--fromat' (Did you mean --format?)"],
    [["anotate", "x"], "unknown command 'anotate' (Did you mean annotate?)"],
    [["fine-tune", "nre"], "unknown command 'nre' (Did you mean ner?)"],
    [
      ["annotate", "--format", "xml"],
      "Allowed choices are table, jsonl, html, pubtator, bioc-xml, bioc-json, conll, brat.",
    ],
    [["annotate", "--threads", "0"], "Expected a whole number of at least 1."],
    [["annotate", "--device", "gpu"], "Allowed choices are cpu, webgpu, cuda."],
    [["annotate", "--threads", "2.5"], "Expected a whole number of at least 1."],
    [["annotate", "--min-score", "2"], "Expected a number of at least 0 and at most 1."],
    [["annotate", "-", "-"], "Standard input (-) can be read only once"],
    [["fine-tune", "ner", "--model", "m"], "required option '--out <DIR>' not specified"],
    [["fine-tune", "ner", "--model", "m", "--out", "o"], "there is nothing to train on"],
    [["fine-tune", "ner", "--learning-rate", "0"], "Expected a number above 0 and at most 1."],
    [["bench", "run", "../secret"], 'there is no benchmark "../secret"'],
  ])("calls %j wrong use", async (argv, message) => {
    const { code, out, err } = await run(argv);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain("error[usage]: ");
    expect(err).toContain(message);
  });

  it("shows help and calls it wrong use when no command is given", async () => {
    const { code, err } = await run([]);
    expect(code).toBe(2);
    expect(err).toContain("Usage: biobert");
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends a wait for input on %s with 130, and a second signal waits",
    async (name) => {
      const before = process.listenerCount(name);
      const stdin = new WaitingInput();
      const running = run(["annotate"], { stdin, signal: undefined });
      await stdin.waiting;
      for (const listener of process.listeners(name).slice(before)) {
        listener(name);
        listener(name);
      }
      const { code, out, err } = await running;
      expect(code).toBe(130);
      expect(out).toBe("");
      expect(err).toBe("\nStopping…\n\nStill stopping: the run in progress ends first.\n");
      expect(process.listenerCount(name)).toBe(before);
    },
  );
});

describe("bench", () => {
  const result = {
    formatVersion: 1,
    work: "training step, 32x128",
    unit: "s/step",
    precision: "fp32",
    threads: 2,
    ours: { name: "biobert", value: 1.23456, peakMemoryMegabytes: 900.4 },
    peer: { name: "PyTorch 2.15", value: 2.5 },
    ratio: 2.025,
    bar: 1.4,
  };

  function packageWith(content: string): string {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "bench", "results"), { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"name":"biobert","version":"1.2.3"}');
    writeFileSync(join(folder, "bench", "results", "step.json"), content);
    return folder;
  }

  it("shows kept results as a table", async () => {
    const { code, out } = await run(["bench"], { packageRoot: packageWith(JSON.stringify([result, result])) });
    expect(code).toBe(0);
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    const row = [
      "training step, 32x128",
      "fp32",
      "2",
      "1.23",
      "PyTorch 2.15",
      "2.5",
      "s/step",
      "2.02x",
      "1.4x",
      "900 MB",
    ];
    expect(rows.filter((cells) => JSON.stringify(cells) === JSON.stringify(row))).toHaveLength(2);
  });

  it("shows latencies of a service, which have no peer, below the table", async () => {
    const times = { requests: 10, median: 12.5, p95: 40, max: 61 };
    const latencies = {
      formatVersion: 1,
      kind: "latencies",
      benchmark: "catalogue",
      unit: "ms",
      bar: 100,
      inputs: { papers: 600000, rounds: 2 },
      databases: {
        embedded: {
          import: { seconds: 321 },
          all: times,
          slowestMedian: 30,
          routes: { "/": times, "/search": { ...times, median: 30 } },
        },
      },
    };
    const { out } = await run(["bench"], { packageRoot: packageWith(JSON.stringify([result, latencies])) });
    expect(out).toContain("training step, 32x128");
    expect(out).toContain(
      "catalogue (600,000 papers; embedded): imported in 321 s; 10 requests, median 12.5 ms, 95 % within 40 ms; slowest route /search: median 30 ms, at most 100\n",
    );
    const alone = await run(["bench"], { packageRoot: packageWith(JSON.stringify(latencies)) });
    expect(alone.out).toMatch(/^catalogue /);
  });

  it("says what is wrong with a result it cannot read, and that there may be none", async () => {
    const damaged = await run(["bench"], { packageRoot: packageWith('{"formatVersion":1}') });
    expect(damaged.code).toBe(1);
    expect(damaged.err).toContain("error[input-format]: ");
    const folder = temporaryFolder();
    writeFileSync(join(folder, "package.json"), '{"name":"biobert","version":"1.2.3"}');
    const none = await run(["bench"], { packageRoot: folder });
    expect(none.code).toBe(1);
    expect(none.err).toContain("there are no benchmark results");
  });
});
