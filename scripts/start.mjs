// `npm start`: makes the clone ready, then annotates the sample abstracts, the user's own files, or runs a command.
//   npm start                        the abstracts in examples/
//   npm start -- notes.txt           a file of yours (options of `annotate` go with it)
//   npm start -- evaluate ner ...    any other command, as `npx biobert evaluate ner ...`
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { runCommand } from "./command.mjs";
import { root } from "./ensure.mjs";

// npm runs scripts in the project's folder; file names are meant from where the user stands.
if (process.env.npm_lifecycle_event === "start" && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

await runCommand(commandLine(process.argv.slice(2)));

function commandLine(args) {
  const first = args[0];
  if (first === undefined) return ["annotate", ...examples()];
  if (["-h", "--help", "-V", "--version"].includes(first)) return args;
  if (/^[a-z][a-z-]*$/.test(first) && !isFile(first)) return args;
  // Options alone (`--format html`) say how to show the examples; standard input is read only when asked for by `-`.
  const namesFile = !first.startsWith("-") || args.some((arg) => arg === "-" || isFile(arg));
  return ["annotate", ...args, ...(namesFile ? [] : examples())];
}

function examples() {
  const folder = path.join(root, "examples");
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  return names.sort().map((name) => path.relative(process.cwd(), path.join(folder, name)));
}

function isFile(name) {
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}
