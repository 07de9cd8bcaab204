// `biobert ask`: answers to a question out of files, each with its place, score and sentence.

import { type Command } from "commander";
import { BiobertError } from "../core/index.ts";
import type { FoundAnswer, QuestionedDocument } from "../inference/index.ts";
import type { CommandContext } from "./common/context.ts";
import { readDocuments } from "./common/documents.ts";
import { EXIT, reportError } from "./common/errors.ts";
import { fileSource, interruptedError, streamSource } from "./common/input.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  precisionOption,
  warnOnce,
  wholeNumber,
  withModelPlaces,
} from "./common/options.ts";
import { print } from "./common/output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { Precision } from "./common/rooms.ts";

interface AskOptions extends ModelPlaceOptions, EngineOptions {
  model: string;
  head?: string;
  top: number;
  json: boolean;
  precision?: Precision;
}

const HELP = `
The model is one of \`biobert fine-tune qa\`, or any with a BertForQuestionAnswering head, such as
dmis-lab/biobert-base-cased-v1.1-squad. A text file is one document; of JSON lines each line {"id", "text"} is one.

Examples:
  biobert ask "Which gene is mutated in cystic fibrosis?" notes.txt --model my-qa
  biobert ask "What causes tuberculosis?" abstracts.jsonl --model my-qa --top 5 --json`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerAsk(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withModelPlaces(program.command("ask"))
    .description("answer a question out of texts")
    .argument("<QUESTION>", "the question, in quotes")
    .argument("[FILE...]", "text or JSON lines (default: standard input)")
    .requiredOption("--model <PATH>", `${MODEL_HELP}; with a qa head`)
    .option("--head <NAME>", "the head to run, where the model has several for qa")
    .option("--top <N>", "so many answers, the best first", wholeNumber(1), 3)
    .option("--json", "one JSON object with all answers", false)
    .option("--threads <N>", "threads (default: all cores)", wholeNumber(1))
    .addOption(deviceOption())
    .addOption(precisionOption())
    .addHelpText("after", HELP)
    .action(async (question: string, files: string[], options: AskOptions) => {
      finish(await ask(question, files, options, context));
    });
}

async function ask(
  question: string,
  files: readonly string[],
  options: AskOptions,
  context: CommandContext,
): Promise<number> {
  if (question.trim() === "") throw new BiobertError({ code: "usage", message: "the question is empty" });
  const { signal } = context;
  const sources =
    files.length === 0
      ? [streamSource(context.stdin, signal)]
      : await Promise.all(files.map((file) => fileSource(file, signal)));
  let problems = 0;
  const onProblem = (error: BiobertError): void => {
    problems++;
    reportError(error, context);
  };
  const documents: QuestionedDocument[] = [];
  for await (const document of readDocuments(sources, { kind: "auto", onProblem })) documents.push(document);
  if (documents.length === 0) return EXIT.failed;
  const modelDirectory = await resolveModelArgument(options.model, context);
  const { answer, loadTaskModel } = await import("../inference/index.ts");
  const model = await loadTaskModel(modelDirectory, {
    ...modelPlaces(options),
    task: "qa",
    ...(options.head === undefined ? {} : { head: options.head }),
    warn: warnOnce(context),
    device: options.device,
    ...(options.precision === undefined ? {} : { precision: options.precision }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  try {
    const answers = await answer(model, question, documents, { top: options.top, signal });
    if (signal.aborted) throw interruptedError();
    await print(context.stdout, options.json ? `${JSON.stringify({ question, answers })}\n` : listed(answers));
  } finally {
    await model.dispose();
  }
  return problems === 0 ? EXIT.done : EXIT.failed;
}

/** For people: the answer, where it stands, and its sentence with the answer marked. */
function listed(answers: readonly FoundAnswer[]): string {
  if (answers.length === 0) return "No answer was found.\n";
  const blocks = answers.map(({ text, document, start, end, score, sentence }, i) => {
    const [before, after] = [sentence.text.slice(0, start - sentence.start), sentence.text.slice(end - sentence.start)];
    const shown = `${before}[${text}]${after}`.replaceAll(/\s+/g, " ").trim();
    return `${i + 1}. ${text.replaceAll(/\s+/g, " ")}   ${document} [${start}, ${end})   score ${score.toFixed(3)}\n   ${shown}\n`;
  });
  return blocks.join("");
}
