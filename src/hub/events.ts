// What happens while a model is pulled, as data: a terminal shows it, a pipe gets it as JSON lines.

export type PullEvent =
  | {
      type: "start";
      name: string;
      revision: string;
      commit: string;
      files: { file: string; size: number | undefined }[];
      /** Bytes of all files together, as far as the hub says. */
      totalBytes: number;
    }
  /** A file begins: already in the cache, fetched from its start, or from where an earlier run stopped. */
  | { type: "file"; file: string; size: number | undefined; state: "cached" | "download" | "resume"; fromByte: number }
  | { type: "progress"; file: string; fileBytes: number; bytes: number; totalBytes: number; bytesPerSecond: number }
  /** A request failed in a way that may pass; the next try comes after a wait. */
  | { type: "retry"; what: string; reason: string; attempt: number; waitSeconds: number }
  /** Bytes that do not check out are thrown away and fetched again. */
  | { type: "damaged"; file: string; reason: string }
  /** Another process fetches the same file. */
  | { type: "waiting"; file: string }
  | { type: "warning"; code: string; message: string }
  | {
      type: "end";
      name: string;
      revision: string;
      commit: string;
      directory: string;
      downloadedBytes: number;
      seconds: number;
    };

export type PullListener = (event: PullEvent) => void;
