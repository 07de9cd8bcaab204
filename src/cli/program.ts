// All commands in one tree. Unknown flags and commands are refused with a suggestion; help goes to the command's own streams.

import { Command } from "commander";
import { VERSION } from "../core/index.ts";
import { registerAnnotate } from "./annotate/annotate.ts";
import { registerAsk } from "./ask.ts";
import { registerBench } from "./bench/bench.ts";
import { registerCompare } from "./compare.ts";
import type { CommandContext } from "./common/context.ts";
import { registerConvert } from "./convert.ts";
import { registerDatasets } from "./datasets.ts";
import { registerEmbed } from "./embed.ts";
import { registerEvaluate } from "./evaluate/evaluate.ts";
import { registerFineTune } from "./fine-tune/fine-tune.ts";
import { registerPredict } from "./predict.ts";
import { registerPull } from "./pull.ts";
import { registerRelations } from "./relations.ts";
import { registerReproduce } from "./reproduce/reproduce.ts";
import { registerResults } from "./results/results.ts";
import type { TasksRoom } from "./common/rooms.ts";
import { registerScore } from "./score/score.ts";

const EXAMPLES = `
Examples:
  biobert annotate notes.txt
  biobert pull dmis-lab/biobert-base-cased-v1.1
  biobert fine-tune ner --model dmis-lab/biobert-base-cased-v1.1 --train train.tsv --dev dev.tsv --out my-model
  biobert evaluate ner --model my-model --data test.tsv
  biobert predict relation --model my-relations --data sentences.tsv
  biobert reproduce ncbi-disease --seeds 1,2,3

Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C.`;

/** The commands that have a command for each task. */
export const TASK_COMMANDS: ReadonlySet<string> = new Set(["fine-tune", "evaluate", "predict"]);

/**
 * The program for one command line; `finish` hears the exit code of the command that ran. `tasks` is there where the line
 * names one of TASK_COMMANDS: all others start without loading them.
 */
export function buildProgram(context: CommandContext, finish: (code: number) => void, tasks?: TasksRoom): Command {
  const program = new Command("biobert")
    .description("biomedical text mining: entities with exact offsets from raw text, and the training behind them")
    .version(VERSION)
    .option("--debug", "show the stack trace of an error")
    .option("--no-color", "no colour on the terminal")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Errors are thrown and reported in one place, in one form.
      outputError: () => {},
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    })
    .showSuggestionAfterError(true)
    .addHelpText("after", EXAMPLES)
    .hook("preAction", (command) => {
      const { color, debug } = command.opts<{ color: boolean; debug?: boolean }>();
      context.allowColor = color;
      context.debug = debug === true;
    });
  registerAnnotate(program, context, finish);
  registerAsk(program, context, finish);
  registerRelations(program, context, finish);
  registerFineTune(program, context, finish, tasks);
  registerEvaluate(program, context, finish, tasks);
  registerPredict(program, context, finish, tasks);
  registerEmbed(program, context, finish);
  registerScore(program, context, finish);
  registerConvert(program, context, finish);
  registerPull(program, context, finish);
  registerResults(program, context, finish);
  registerDatasets(program, context, finish);
  registerReproduce(program, context, finish);
  registerCompare(program, context, finish);
  registerBench(program, context, finish);
  return program;
}
