// Values of flags: each parser says what it wants, and commander reports what it got (exit 2).

import { type Command, InvalidArgumentError, Option } from "commander";
import { describeWarning, type WarningSink } from "../../core/index.ts";
import type { Device } from "../../engine/index.ts";
import type { CommandContext } from "./context.ts";
import type { Precision } from "./rooms.ts";

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Bytes: a number with K, M or G for powers of 1000, or KiB, MiB, GiB for powers of 1024; a B may follow. */
export function byteCount(text: string): number {
  const [, number, unit = "", binary] = /^(\d+(?:\.\d+)?)([kmg])?(i)?b?$/i.exec(text.trim()) ?? [];
  if (number === undefined || (binary !== undefined && unit === "")) {
    throw new InvalidArgumentError("Expected a size such as 2GB, 1500M or 2GiB.");
  }
  const power = unit === "" ? 0 : "kmg".indexOf(unit.toLowerCase()) + 1;
  const bytes = Math.floor(Number(number) * (binary === undefined ? 1000 : 1024) ** power);
  if (bytes < 1) throw new InvalidArgumentError("Expected more than nothing.");
  return bytes;
}

/** A number in [`from`, `to`], or in (`from`, `to`] where `from` itself makes no sense. */
export function numberBetween(from: number, to: number, openBelow = false): (text: string) => number {
  const least = openBelow ? `above ${from}` : `of at least ${from}`;
  const range = to === Infinity ? least : `${least} and at most ${to}`;
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || value < from || value > to || (openBelow && value === from)) {
      throw new InvalidArgumentError(`Expected a number ${range}.`);
    }
    return value;
  };
}

/** Flags for what runs a model. */
export interface EngineOptions {
  threads?: number;
  device: Device;
}

/** The flag `--device`. */
export function deviceOption(): Option {
  return new Option("--device <NAME>", "where the model runs: the processor, or a GPU by WebGPU or CUDA")
    .choices(["cpu", "webgpu", "cuda"] satisfies Device[])
    .default("cpu");
}

/** The flag `--precision` of commands that run a model. */
export function precisionOption(): Option {
  const option = new Option(
    "--precision <P>",
    "which weights to run; auto: int8 where there is one, but full precision on a GPU",
  );
  return option.choices(["auto", "fp32", "fp16", "int8"] satisfies Precision[]).default("auto");
}

/** What `--model` takes, for its help. */
export const MODEL_HELP =
  "model: a directory, a file of weights with config.json and vocab.txt beside it, a .tar.gz, or a name on a hub";

/** Flags for a model whose small files lie elsewhere than its weights. */
export interface ModelPlaceOptions {
  config?: string;
  vocab?: string;
}

/** Adds the flags of `ModelPlaceOptions`. */
export function withModelPlaces(command: Command): Command {
  return command
    .option("--config <FILE>", "the model's configuration, where it does not lie beside the weights")
    .option("--vocab <FILE>", "the model's vocabulary (vocab.txt or tokenizer.json), likewise");
}

/** These flags as the library takes them. */
export function modelPlaces({ config, vocab }: ModelPlaceOptions): { configPath?: string; vocabularyPath?: string } {
  return {
    ...(config === undefined ? {} : { configPath: config }),
    ...(vocab === undefined ? {} : { vocabularyPath: vocab }),
  };
}

/** Writes warnings to standard error, each once. */
export function warnOnce(context: Pick<CommandContext, "stderr">): WarningSink {
  const said = new Set<string>();
  return (warning) => {
    const text = `warning[${warning.code}]: ${describeWarning(warning)}\n`;
    if (!said.has(text)) context.stderr.write(text);
    said.add(text);
  };
}

/** Quotes one argument for a POSIX shell, only where it must be. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
