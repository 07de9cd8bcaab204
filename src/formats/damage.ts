// The errors that every reader of weights gives, so that the same thing wrong has the same code in each format.

import { BiobertError } from "../core/index.ts";

/** The `model-damaged` error: the file is not what its format says it must be; `name` is the tensor or the part of the file. */
export function damagedModel(file: string | undefined, message: string, name?: string, cause?: unknown): BiobertError {
  return new BiobertError({
    code: "model-damaged",
    message,
    place: { file, name },
    hint: "The file may be truncated or damaged: copy or download it again.",
    cause,
  });
}

/** The `model-unsafe` error: the file asks for what no weights need, such as running code. */
export function unsafeModel(file: string | undefined, message: string, name?: string, hint?: string): BiobertError {
  return new BiobertError({
    code: "model-unsafe",
    message,
    place: { file, name },
    hint: hint ?? "Do not load this file with other tools before you know where it comes from.",
  });
}

/** The `unsupported` error of a file that is sound and that this library does not read. */
export function unsupportedModel(
  file: string | undefined,
  message: string,
  name?: string,
  hint?: string,
): BiobertError {
  return new BiobertError({ code: "unsupported", message, place: { file, name }, hint });
}
