// Annotated documents for reading: the text with its mentions marked, then a table of the mentions.

import pc from "picocolors";
import { addAll } from "../../core/index.ts";
import type { AnnotatedDocument, Entity } from "../../inference/index.ts";
import { type TableColumn, displayWidth, formatCount, tableLines, withoutControls } from "../common/terminal.ts";

export interface TableStyle {
  color: boolean;
  /** Columns to wrap the text to. */
  width: number;
}

type Paint = (text: string) => string;

const CONTEXT_CHARACTERS = 28;

/** Writes documents one after another and counts mentions by type; a type keeps its colour through the whole output. */
export class TableWriter {
  private readonly style: TableStyle;
  private readonly paints: Paint[];
  private readonly pc: ReturnType<typeof pc.createColors>;
  private readonly types = new Map<string, { paint: Paint; count: number }>();
  private documents = 0;

  constructor(style: TableStyle) {
    this.style = style;
    this.pc = pc.createColors(style.color);
    const { cyan, magenta, yellow, green, blue, red } = this.pc;
    this.paints = [yellow, cyan, magenta, green, blue, red];
  }

  /** One document: its id, its text with the mentions marked, its mentions as a table. */
  document(document: AnnotatedDocument): string {
    this.documents++;
    const entities = inOrder(document.entities);
    for (const entity of entities) this.typeOf(entity).count++;
    const lines = [this.pc.bold(withoutControls(document.id)), ...this.markedText(document.text, entities), ""];
    if (entities.length === 0) lines.push(this.pc.dim("No mentions found."));
    else addAll(lines, this.mentionTable(document.text, entities));
    return `${this.documents === 1 ? "" : "\n"}${lines.join("\n")}\n`;
  }

  /** The closing line: documents and mentions by type. */
  summary(): string {
    const counts = [...this.types].map(
      ([type, { paint, count }]) => `${paint(withoutControls(type))} ${formatCount(count)}`,
    );
    const documents = `${formatCount(this.documents)} document${this.documents === 1 ? "" : "s"}`;
    return `\n${documents}${counts.length === 0 ? ", no mentions" : `: ${counts.join(", ")}`}\n`;
  }

  private typeOf(entity: Entity): { paint: Paint; count: number } {
    let known = this.types.get(entity.type);
    if (known === undefined) {
      const color = this.paints[this.types.size % this.paints.length];
      known = { paint: (text) => color(this.pc.underline(this.pc.bold(text))), count: 0 };
      this.types.set(entity.type, known);
    }
    return known;
  }

  /** The text in wrapped lines; a mention is coloured and underlined, or `[mention|type]` without colour. */
  private markedText(text: string, entities: readonly Entity[]): string[] {
    const lines: string[] = [];
    let line = "";
    let width = 0;
    let gap = false;
    const endLine = (): void => {
      lines.push(line.trimEnd());
      line = "";
      width = 0;
      gap = false;
    };
    const put = (word: string, paint: Paint = (plain) => plain, insideMention: boolean): void => {
      const wordWidth = displayWidth(word);
      if (gap && width > 0 && width + 1 + wordWidth > this.style.width) endLine();
      if (gap && width > 0) {
        line += insideMention ? paint(" ") : " ";
        width++;
      }
      line += paint(word);
      width += wordWidth;
      gap = false;
    };
    const putAll = (part: string, paint?: Paint): void => {
      let first = true;
      for (const piece of part.split(/(\r\n|\r|\n|[ \t]+)/)) {
        if (/^[\r\n]/.test(piece)) endLine();
        else if (/^[ \t]/.test(piece)) gap = true;
        else if (piece !== "") {
          put(withoutControls(piece), paint, !first);
          first = false;
        }
      }
    };
    let at = 0;
    for (const entity of withoutOverlap(entities)) {
      putAll(text.slice(at, entity.start));
      const mention = text.slice(entity.start, entity.end);
      if (this.style.color) putAll(mention, this.typeOf(entity).paint);
      else putAll(`[${mention}|${entity.type}]`);
      at = entity.end;
    }
    putAll(text.slice(at).trimEnd());
    endLine();
    return lines;
  }

  private mentionTable(text: string, entities: readonly Entity[]): string[] {
    const columns: TableColumn[] = [
      { title: "type" },
      { title: "mention" },
      { title: "start", align: "right" },
      { title: "end", align: "right" },
      { title: "score", align: "right" },
      { title: "context" },
    ];
    const rows = entities.map((entity) => {
      const { paint } = this.typeOf(entity);
      const [left, right] = surroundings(text, entity);
      const mention = oneLine(entity.mention);
      const shown = this.style.color ? mention : `[${mention}]`;
      return [
        { text: oneLine(entity.type) },
        { text: mention, style: paint },
        { text: String(entity.start) },
        { text: String(entity.end) },
        { text: entity.score.toFixed(3) },
        { text: `${left}${shown}${right}`, style: () => `${this.pc.dim(left)}${paint(shown)}${this.pc.dim(right)}` },
      ];
    });
    return tableLines(columns, rows, this.pc.dim);
  }
}

function inOrder(entities: readonly Entity[]): Entity[] {
  return [...entities].sort((left, right) => left.start - right.start || left.end - right.end);
}

/** Drops what begins inside an earlier mention: marked text cannot show it, the table still does. */
export function withoutOverlap(entities: readonly Entity[]): Entity[] {
  let end = 0;
  return inOrder(entities).filter((entity) => {
    if (entity.start < end) return false;
    end = entity.end;
    return true;
  });
}

function oneLine(text: string): string {
  return withoutControls(text.replace(/\s+/g, " "));
}

/** What stands before and after a mention, on one line, cut between whole characters. */
function surroundings(text: string, entity: Entity): [left: string, right: string] {
  const before = [...oneLine(text.slice(Math.max(0, entity.start - 4 * CONTEXT_CHARACTERS), entity.start))];
  const after = [...oneLine(text.slice(entity.end, entity.end + 4 * CONTEXT_CHARACTERS))];
  const left = before.length > CONTEXT_CHARACTERS ? `…${before.slice(-CONTEXT_CHARACTERS).join("")}` : before.join("");
  const right = after.length > CONTEXT_CHARACTERS ? `${after.slice(0, CONTEXT_CHARACTERS).join("")}…` : after.join("");
  return [left.trimStart(), right.trimEnd()];
}
