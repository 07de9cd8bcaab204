// The options of tasks: checked against their table, and described for a command line.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import type { OptionTable, TaskOption } from "./task.ts";

/** An option as a flag. */
export interface DescribedOption {
  /** Key in the table. */
  key: string;
  /** `--label-column`. */
  flag: string;
  kind: "text" | "number" | "boolean" | "list";
  choices?: readonly string[];
  default?: unknown;
  description: string;
  placeholder: string;
  when: TaskOption["when"];
}

/** Adds an option to a table, its types kept. */
export function option<S extends z.ZodType>(
  schema: S,
  description: string,
  more: { when: TaskOption["when"]; placeholder?: string },
): TaskOption & { schema: S } {
  return { schema, description, ...more };
}

/** The flag of an option's key: `labelColumn` becomes `--label-column`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The table's options in order, described for flags and help. */
export function describeOptions(table: OptionTable): DescribedOption[] {
  return Object.entries(table).map(([key, { schema, description, when, placeholder }]) => {
    const json = z.toJSONSchema(schema, { io: "input" }) as { type?: string; enum?: string[]; default?: unknown };
    const kinds: Record<string, DescribedOption["kind"]> = {
      number: "number",
      integer: "number",
      boolean: "boolean",
      array: "list",
    };
    const kind = kinds[json.type ?? ""] ?? "text";
    return {
      key,
      flag: flagOf(key),
      kind,
      ...(json.enum === undefined ? {} : { choices: json.enum }),
      ...(json.default === undefined ? {} : { default: json.default }),
      description,
      placeholder: placeholder ?? (kind === "number" ? "N" : "VALUE"),
      when,
    };
  });
}

/**
 * Checks options against a table and adds its defaults.
 * @throws BiobertError `usage` for one that the table does not have or a value that it does not take; with `file`, from
 *   which they were read, `model-config`.
 */
export function checkOptions<T>(table: OptionTable, given: Readonly<Record<string, unknown>>, file?: string): T {
  const shape = Object.fromEntries(Object.entries(table).map(([key, { schema }]) => [key, schema]));
  const result = z.strictObject(shape).safeParse(given);
  if (result.success) return result.data as T;
  const [issue] = result.error.issues;
  const key = issue?.path[0] ?? (issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined);
  const name = key === undefined ? "the options" : file === undefined ? flagOf(String(key)) : String(key);
  throw new BiobertError({
    code: file === undefined ? "usage" : "model-config",
    message: `${name}: ${issue?.message ?? "not valid"}`,
    ...(file === undefined ? {} : { place: { file } }),
  });
}

/** What is wrong with a value of one option, in words; undefined for one that it takes. */
export function optionProblem(table: OptionTable, key: string, value: unknown): string | undefined {
  return table[key]?.schema.safeParse(value).error?.issues[0]?.message;
}
