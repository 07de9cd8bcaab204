// What the operating system says, in the project's own error codes.

import { BiobertError } from "../core/index.ts";

/** The `code` of a system error such as `ENOENT`, or undefined. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The error for a failed read of `path`. A `BiobertError` passes through. */
export function readError(error: unknown, path: string): BiobertError {
  if (error instanceof BiobertError) return error;
  const code = errorCodeOf(error);
  const place = { file: path };
  if (code === "ENOENT" || code === "ENOTDIR") {
    const hint = "Check the path.";
    return new BiobertError({ code: "file-not-found", message: "there is no such file", place, hint, cause: error });
  }
  const [reason, hint] =
    code === "EISDIR"
      ? ["it is a directory, a file is needed", "Name the files in it, for example FOLDER/*.txt"]
      : code === "EACCES" || code === "EPERM"
        ? ["permission denied", "Give yourself the permission, or copy the file."]
        : [messageOf(error), "Check the file and the disk it is on."];
  return new BiobertError({ code: "file-unreadable", message: `cannot read: ${reason}`, place, hint, cause: error });
}

/** The error for a failed write of `path`. A `BiobertError` passes through. */
export function writeError(error: unknown, path: string): BiobertError {
  if (error instanceof BiobertError) return error;
  const code = errorCodeOf(error);
  const place = { file: path };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new BiobertError({
      code: "disk-full",
      message: "cannot write: no space is left on the device",
      place,
      hint: "Nothing was changed. Free some space or write elsewhere.",
      cause: error,
    });
  }
  const reasons: Record<string, string> = {
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOENT: "its folder does not exist",
    ENOTDIR: "a part of its path is not a folder",
    EISDIR: "it is a directory",
    EEXIST: "there is a file of this name",
  };
  const reason = reasons[code ?? ""] ?? messageOf(error);
  return new BiobertError({ code: "file-unwritable", message: `cannot write: ${reason}`, place, cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
