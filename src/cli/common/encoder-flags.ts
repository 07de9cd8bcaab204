// The flags of commands that make vectors: how pieces become one, how long texts are read, where it runs.

import { type Command, Option } from "commander";
import type { EmbedOptions, LoadEncoderOptions } from "../../inference/index.ts";
import { deviceOption, type EngineOptions, wholeNumber } from "./options.ts";

export interface EncoderFlags<Pooling extends string> extends EngineOptions {
  pooling: Pooling;
  normalize: boolean;
  maxLength?: number;
  layer?: number;
  long: "mean" | "cut";
  precision: "fp32" | "int8";
}

/** Adds the flags; `poolings` are those that the command takes, the first its default, and `long` is what it does by default. */
export function withEncoderFlags(
  command: Command,
  { poolings, long }: { poolings: readonly string[]; long: EncoderFlags<string>["long"] },
): Command {
  const all = poolings.includes("none") ? "; none: all of them" : "";
  return command
    .addOption(
      new Option("--pooling <P>", `one vector of the pieces' states${all}`).choices([...poolings]).default(poolings[0]),
    )
    .option("--normalize", "scale vectors to length 1", false)
    .option("--max-length <N>", "longest sequence in word pieces (default: the model's)", wholeNumber(3))
    .addOption(
      new Option("--long <HOW>", "a longer document: the mean over its windows, or its first window")
        .choices(["mean", "cut"])
        .default(long),
    )
    .option("--layer <N>", "which block's states, 0 being the embeddings (default: the last)", wholeNumber(0))
    .addOption(
      new Option("--precision <P>", "int8 quantises the weights while they are loaded")
        .choices(["fp32", "int8"])
        .default("fp32"),
    )
    .option("--threads <N>", "threads (default: all cores)", wholeNumber(1))
    .addOption(deviceOption());
}

/** What they say of opening the encoder. */
export function encoderSettings({
  pooling,
  precision,
  device,
  layer,
  threads,
}: EncoderFlags<NonNullable<LoadEncoderOptions["pooling"]>>): LoadEncoderOptions {
  return {
    pooling,
    precision,
    ...(device === undefined ? {} : { device }),
    ...(layer === undefined ? {} : { layer }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** What they say of reading texts. */
export function readingSettings({ long, normalize, maxLength }: EncoderFlags<string>): EmbedOptions {
  return { long, normalize, ...(maxLength === undefined ? {} : { maxLength }) };
}
