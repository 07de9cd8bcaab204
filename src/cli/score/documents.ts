// Gold and predicted documents of PubTator files, for entities and relations alike.

import { BiobertError, type WarningSink } from "../../core/index.ts";
import { parsePubTator, type PubTatorDocument, quoted } from "../../formats/index.ts";

/** A file's text and its name for errors. */
interface TextFile {
  text: string;
  file: string;
}

export interface DocumentSides {
  gold: PubTatorDocument;
  /** Undefined where the predictions leave the document out. */
  predicted: PubTatorDocument | undefined;
}

/** Whether a file begins as PubTator does: `ID|t|title`. */
export function isPubTator(text: string): boolean {
  return /^[^|\t\n]+\|t\|/.test(text.trimStart());
}

/**
 * The documents of the gold, each with the predicted one of its id.
 * @throws BiobertError `input-format` for a document that comes twice in a file, or is not in the gold.
 */
export function documentSides(gold: TextFile, predicted: TextFile, warn: WarningSink): DocumentSides[] {
  const read = ({ text, file }: TextFile, known?: ReadonlyMap<string, PubTatorDocument>) => {
    const byId = new Map<string, PubTatorDocument>();
    // One that comes twice is refused below: a warning that both are kept would be wrong.
    const unlessRepeated: WarningSink = (warning) => warning.code !== "pubtator-repeated" && warn(warning);
    for (const document of parsePubTator(text, { file, warn: unlessRepeated })) {
      const { id, line } = document;
      const bad = (message: string, hint?: string) =>
        new BiobertError({
          code: "input-format",
          message,
          place: { file, line },
          ...(hint === undefined ? {} : { hint }),
        });
      if (byId.has(id)) throw bad(`document ${quoted(id)} has come before`);
      if (known?.has(id) === false)
        throw bad(`document ${quoted(id)} is not in the gold`, "Predict the documents of the gold.");
      byId.set(id, document);
    }
    return byId;
  };
  const goldById = read(gold);
  const predictedById = read(predicted, goldById);
  return [...goldById].map(([id, document]) => ({ gold: document, predicted: predictedById.get(id) }));
}

/**
 * Offsets count in the text, so a predicted document must have the text of the gold.
 * @throws BiobertError `input-format` with the first character that differs.
 */
export function requireSameTexts(sides: readonly DocumentSides[], files: { gold: string; pred?: string }): void {
  for (const { gold, predicted } of sides) {
    if (predicted === undefined || predicted.text === gold.text) continue;
    let at = 0;
    while (predicted.text[at] === gold.text[at]) at++;
    const around = ({ text }: PubTatorDocument): string => (at < text.length ? quoted(text.slice(at), 20) : "its end");
    throw new BiobertError({
      code: "input-format",
      message: `the text of document ${quoted(gold.id)} is not that of the gold (line ${gold.line} of ${files.gold}): at character ${at} it has ${around(predicted)}, the gold ${around(gold)}`,
      place: { file: files.pred, line: predicted.line },
      hint: "Offsets count in the text, so both files must have the same title and abstract.",
    });
  }
}
