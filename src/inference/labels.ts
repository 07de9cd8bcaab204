// The labels of a model directory, said twice there: in `config.json` for everybody, and by the manifest's heads.

import { parseLabels } from "../bert/index.ts";
import { BiobertError } from "../core/index.ts";
import type { ModelFiles } from "../data/index.ts";

/**
 * The labels in the order of the classifier's rows.
 * @throws BiobertError `model-task` where there are none; `model-config` when the manifest says others.
 */
export function labelsOf(files: ModelFiles): string[] {
  const labels = parseLabels(files.config, `${files.directory}/config.json`);
  for (const { name, labels: said } of files.manifest?.heads ?? []) {
    if (said.length === labels.length && said.every((label, id) => label === labels[id])) continue;
    throw new BiobertError({
      code: "model-config",
      message: `the labels of head "${name}" are ${shown(said)} here, but ${shown(labels)} in id2label of config.json`,
      place: { file: `${files.directory}/biobert.json` },
      hint: "Both name the classifier's rows in order: take both files from the directory that the weights came in.",
    });
  }
  return labels;
}

function shown(labels: readonly string[]): string {
  return labels.length > 20 ? `${labels.slice(0, 20).join(", ")}, ... (${labels.length} in all)` : labels.join(", ");
}
