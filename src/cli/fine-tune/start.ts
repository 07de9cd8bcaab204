// What is said of a training that was to go on from a checkpoint and found none.

import type { TrainingEvent } from "../../training/index.ts";

/** The events of a training, with a warning before the start of one that was to be resumed and begins anew. */
export async function* resumed(
  events: AsyncIterable<TrainingEvent>,
  { resume, outputDirectory }: { resume: boolean; outputDirectory: string },
): AsyncGenerator<TrainingEvent> {
  for await (const event of events) {
    if (resume && event.type === "start" && event.resumedFromStep === undefined) {
      const message = `--resume: there is no checkpoint in ${outputDirectory}, so the training begins anew`;
      yield { type: "warning", code: "checkpoint-missing", message };
    }
    yield event;
  }
}
