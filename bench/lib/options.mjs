// The command line of a benchmark: strict options, one table for parsing and for help.
import { parseArgs } from "node:util";

/** Something to tell the user in one line; exit code 2 for wrong use, 1 for what failed. */
export class BenchmarkError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Options that all benchmarks have. */
export const common = {
  rounds: { value: "N", default: "3", help: "rounds of each side, one after another in turn" },
  threads: { value: "N", default: "2", help: "threads of each side" },
  out: { value: "FILE", help: "the results; default: bench/results/NAME.json" },
};

export const pythonOption = {
  python: {
    value: "FILE",
    default: process.env.BIOBERT_PYTHON ?? "python3",
    help: "Python with the peers ($BIOBERT_PYTHON)",
  },
};

/**
 * Parses `process.argv` by a table {name: {value?, default?, required?, multiple?, help}}; an option without `value` is a
 * switch. `--help` prints `about` and the table, and gives undefined.
 * @throws BenchmarkError (exit code 2) for unknown options and missing ones
 */
export function readOptions(about, table) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value, multiple = false }]) => [
      name,
      { type: value === undefined ? "boolean" : "string", multiple },
    ]),
  );
  let values;
  try {
    ({ values } = parseArgs({ options: { ...options, help: { type: "boolean" } }, strict: true }));
  } catch (error) {
    throw new BenchmarkError(`${error.message}\nSee --help.`, 2);
  }
  if (values.help) {
    process.stdout.write(`${about}\n\n${helpLines(table).join("\n")}\n`);
    return undefined;
  }
  for (const [name, row] of Object.entries(table)) {
    values[name] ??= row.default;
    if (row.required && values[name] === undefined) throw new BenchmarkError(`--${name} is needed. See --help.`, 2);
  }
  return values;
}

/** A whole number from an option. */
export function count(values, name, least = 1) {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= least) return number;
  throw new BenchmarkError(`--${name} must be a whole number of at least ${least}, not ${values[name]}`, 2);
}

/** A number above 0, at most 1, from an option. */
export function share(values, name) {
  const number = Number(values[name]);
  if (number > 0 && number <= 1) return number;
  throw new BenchmarkError(`--${name} must be above 0 and at most 1, not ${values[name]}`, 2);
}

function helpLines(table) {
  const names = Object.entries(table).map(
    ([name, { value }]) => `  --${name}${value === undefined ? "" : ` ${value}`}`,
  );
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  return Object.values(table).map((row, i) => {
    const notes = [row.required ? "needed" : "", row.default === undefined ? "" : `default ${row.default}`].filter(
      Boolean,
    );
    return `${names[i].padEnd(width)}${row.help}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
  });
}
