// `biobert results import` and `export`: folders of the catalogue, and the forms of others.

import { stat } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { ExportFormat } from "../../catalogue/index.ts";
import { BiobertError } from "../../core/index.ts";
import { writeFileAtomic } from "../../data/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { print } from "../common/output.ts";
import { formatBytes, formatCount, ProgressLine } from "../common/terminal.ts";
import { type CatalogueOptions, type Finish, operator, withCatalogue, withDatabase } from "./database.ts";

interface ImportOptions extends CatalogueOptions {
  report?: string;
  json: boolean;
}

/** Adds what brings files in and out. */
export function registerMoving(results: Command, context: CommandContext, finish: Finish): void {
  withDatabase(results.command("import"))
    .description(
      "bring files in, all or nothing: a catalogue folder, or dumps of Papers With Code, sota-extractor, OpenCodePapers (.json, .json.gz)",
    )
    .argument("<PATH...>", "a catalogue folder, or files of the other forms, which are told apart by their content")
    .option("--report <FILE>", "write what was skipped or changed, and why, to this file")
    .option("--json", "print the report as JSON", false)
    .action(async (paths: string[], options: ImportOptions) => {
      finish(await importPaths(paths, options, context));
    });
  withDatabase(results.command("export"))
    .description("write the whole catalogue to a folder")
    .argument("<FOLDER>", "the folder to make")
    .addOption(
      new Option("--format <F>", "whose form")
        .choices(["catalogue", "papers-with-code", "sota-extractor", "open-code-papers"])
        .default("catalogue"),
    )
    .option("--replace", "in place of a folder that is there", false)
    .action(
      async (folder: string, options: CatalogueOptions & { format: "catalogue" | ExportFormat; replace: boolean }) => {
        const { exportFolder, exportFiles } = await context.rooms.catalogue();
        const { format, replace } = options;
        await withCatalogue(options, context, (store) =>
          format === "catalogue"
            ? exportFolder(store, folder, { replace, signal: context.signal })
            : exportFiles(store, folder, format, { replace, signal: context.signal }),
        );
        await print(context.stdout, `${folder}\n`);
        finish(EXIT.done);
      },
    );
}

async function importPaths(paths: string[], options: ImportOptions, context: CommandContext): Promise<number> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const path of paths)
    ((await stat(path).catch(() => undefined))?.isDirectory() === true ? folders : files).push(path);
  if (folders.length > 0 && (files.length > 0 || folders.length > 1))
    throw new BiobertError({ code: "usage", message: "one catalogue folder, or files: not both at once" });
  const progress = new ProgressLine(context.stderr);
  try {
    return await withCatalogue(options, context, async (store) => {
      if (folders[0] !== undefined) {
        const counts = await store.importFolder(folders[0], operator(), {
          signal: context.signal,
          onProgress: ({ kind, done }) => progress.show(() => `${kind}  ${formatCount(done)}`),
        });
        progress.clear();
        await print(
          context.stdout,
          options.json ? `${JSON.stringify({ entities: counts })}\n` : `${countsText(counts)}\n`,
        );
        return EXIT.done;
      }
      const startedAt = performance.now();
      const report = await store.importFiles(files, operator(), {
        signal: context.signal,
        onProgress: ({ file, entries, bytes }) =>
          progress.show(() => {
            const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
            return `${file}  ${formatCount(entries)} entries  ${formatBytes(bytes)}  ${formatCount(Math.round(entries / seconds))}/s`;
          }),
      });
      progress.clear();
      const { entities, counts, notes } = report;
      if (options.report !== undefined)
        await writeFileAtomic(options.report, `${JSON.stringify({ entities, counts, notes }, null, 2)}\n`);
      if (options.json) await print(context.stdout, `${JSON.stringify({ entities, counts, notes })}\n`);
      else {
        const first = notes.slice(0, 10).map((note) => `  ${note.file}:${note.line}: ${note.code}: ${note.message}`);
        const rest = Object.values(counts).reduce((sum, count) => sum + count, 0) - first.length;
        const lines = [
          countsText(entities),
          ...(Object.keys(counts).length === 0 ? [] : [`Skipped or changed: ${countsText(counts)}`, ...first]),
          ...(rest > 0 ? [`  and ${rest} more: --report FILE writes them`] : []),
        ];
        await print(context.stdout, `${lines.join("\n")}\n`);
      }
      return EXIT.done;
    });
  } finally {
    progress.clear();
  }
}

function countsText(counts: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${formatCount(count ?? 0)} ${kind}`);
  return parts.length === 0 ? "nothing new" : parts.join(", ");
}
