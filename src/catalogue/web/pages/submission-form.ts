// The submission form's fields to a submission's content and back: which field of the form a problem belongs to.

import type { EvaluationTable, Problem } from "../../schema/index.ts";
import { valueOf } from "../../values.ts";
import type { RouteContext } from "../environment.ts";

export type Fields = Record<string, string | undefined>;

/** The fields of a sent form that are text; of a repeated one the last. */
export async function formOf(c: RouteContext): Promise<Fields> {
  const body = await c.req.parseBody();
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** The content a form says, and what of it cannot be read. */
export function contentOfForm(
  fields: Fields,
  table: EvaluationTable | undefined,
): { content: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  const text = (name: string): string | undefined => fields[name]?.trim() || undefined;
  const values = Object.fromEntries(
    (table?.metrics ?? []).flatMap((metric) => {
      const published = text(`value-${metric.id}`);
      return published === undefined ? [] : [[metric.id, valueOf(published, metric)]];
    }),
  );
  let run: unknown;
  if (text("record") !== undefined) {
    try {
      run = JSON.parse(text("record")!);
    } catch {
      problems.push({ field: "run", code: "malformed", message: "the record is not JSON", severity: "error" });
    }
  }
  if (table !== undefined && Object.keys(values).length === 0) {
    const first = table.metrics[0]?.id ?? "";
    problems.push({
      field: `result.values.${first}.published`,
      code: "malformed",
      message: "a result has at least one value",
      severity: "error",
    });
  }
  const code = text("codeUrl");
  const source = { paper: text("paper"), table: text("sourceTable"), page: text("sourcePage"), url: text("url") };
  const result = {
    table: text("table"),
    modelName: text("modelName"),
    model: text("model"),
    variant: text("variant"),
    paper: text("paper"),
    values,
    extraData: fields["extraData"] === "1",
    date: text("date"),
    source: present(source),
    codeLinks: code === undefined ? [] : [{ title: "Code", url: code }],
  };
  const comment = text("comment");
  return {
    content: {
      result: present(result),
      ...(run === undefined ? {} : { run }),
      ...(comment === undefined ? {} : { comment }),
    },
    problems,
  };
}

const FIELD_OF: Readonly<Record<string, string>> = {
  "source.url": "url",
  "source.table": "sourceTable",
  "source.page": "sourcePage",
  "source.paper": "paper",
  "codeLinks.0.url": "codeUrl",
  source: "url",
};

/** The form's field for a problem's path: `result.values.f1.published` is `value-f1`. */
export function fieldOfProblem(path: string): string {
  const inner = path.replace(/^result\.?/, "");
  const value = /^values\.([^.]+)/.exec(inner);
  // A metric's id may have dots in it: what follows the last known part is cut off.
  if (value !== null)
    return `value-${inner.slice("values.".length).replace(/\.(?:published|value|scale|deviation)$/, "")}`;
  return FIELD_OF[inner] ?? inner;
}

function present(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
