// BioC, BRAT and PubTator: what one writes the others and itself read back; offsets in code points; overlaps kept.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Warning } from "../../src/core/index.ts";
import {
  bioCStandoff,
  countStandoff,
  encodeBioCJson,
  encodeBioCXml,
  encodeBrat,
  encodePubTator,
  parseBioCJson,
  parseBioCXml,
  parseBrat,
  parseCitations,
  parsePubTator,
  pubTatorStandoff,
  type StandoffDocument,
  standoffBioC,
} from "../../src/formats/index.ts";

const TEXT = "Zinc 𝛽-caps <calm> gout.\nZinc & salt do not.";
const document: StandoffDocument = {
  id: "77",
  text: TEXT,
  passages: [
    { start: 0, end: 25, type: "title" },
    { start: 26, end: TEXT.length, type: "abstract" },
  ],
  entities: [
    { id: "T1", type: "Chemical", spans: [{ start: 0, end: 4 }], text: "Zinc", concepts: ["D015032"] },
    { id: "T2", type: "Chemical", spans: [{ start: 0, end: 12 }], text: TEXT.slice(0, 12), concepts: [] },
    {
      id: "T3",
      type: "Disease",
      spans: [{ start: TEXT.indexOf("gout"), end: TEXT.indexOf("gout") + 4 }],
      text: "gout",
      concepts: ["D006073"],
    },
    {
      id: "T4",
      type: "Chemical",
      spans: [
        { start: 26, end: 30 },
        { start: 33, end: 37 },
      ],
      text: "Zinc salt",
      concepts: [],
    },
  ],
  relations: [
    {
      id: "R1",
      type: "treats",
      arguments: [
        { role: "Arg1", id: "T1" },
        { role: "Arg2", id: "T3" },
      ],
      ofConcepts: false,
    },
  ],
};

describe("formats of documents with entities", () => {
  it("BRAT keeps overlapping and discontinuous entities, and counts code points", () => {
    const written = encodeBrat(document);
    expect(written).toContain("T3\tDisease 19 23\tgout");
    const warnings: Warning[] = [];
    const read = parseBrat("77", TEXT, written, { warn: (warning) => void warnings.push(warning) });
    expect(warnings).toEqual([]);
    expect(read.entities.map(({ spans }) => spans)).toEqual(document.entities.map(({ spans }) => spans));
    expect(read.relations[0]).toMatchObject({ type: "treats", arguments: document.relations[0]!.arguments });
    expect(countStandoff([read])).toEqual({ crossing: 0, nested: 1, discontinuous: 1 });
  });

  it("BRAT events, attributes, notes and equivalences are read and written", () => {
    const lines = [
      "T1\tP 0 4\tZinc",
      "T2\tTrig 5 6\t𝛽",
      "E1\tTrig:T2 Arg1:T1",
      "A1\tNegation E1",
      "*\tEquiv T1 T2",
      "#1\tNote T1\tdoubtful",
      "",
    ].join("\n");
    const read = parseBrat("1", TEXT, lines);
    expect(read.events[0]!.arguments[0]).toEqual({ role: "trigger", id: "T2" });
    expect(read.attributes[0]).toMatchObject({ name: "Negation", target: "E1", value: undefined });
    expect(encodeBrat(read).trim().split("\n").sort()).toEqual(lines.trim().split("\n").sort());
  });

  it("BRAT names the line of what is wrong", () => {
    const bad = (line: string) => () => parseBrat("1", "short", `T1\tA 0 5\tshort\n${line}\n`, { file: "x.ann" });
    for (const line of ["T2\tA 3 9\tx", "T1\tA 0 1\ts", "T2\tA x\ty", "Q1\tA", "R1\tA Arg1:T1", "E1\tA"]) {
      expect(bad(line)).toThrow(expect.objectContaining({ code: "input-format", place: { file: "x.ann", line: 2 } }));
    }
  });

  it("BioC goes through XML and JSON unchanged", () => {
    const collection = {
      source: "made up",
      date: "20240101",
      key: "k",
      infons: { a: "<&>" },
      documents: [standoffBioC(document)],
    };
    expect(parseBioCXml(encodeBioCXml(collection))).toEqual(collection);
    expect(parseBioCJson(encodeBioCJson(collection))).toEqual(collection);
    const back = bioCStandoff(parseBioCXml(encodeBioCXml(collection)).documents[0]!);
    expect(back.text).toBe(TEXT.replace("\n", " "));
    expect(back.entities.map(({ id, type, spans, concepts }) => ({ id, type, spans, concepts }))).toEqual(
      document.entities.map(({ id, type, spans, concepts }) => ({ id, type, spans, concepts })),
    );
    expect(back.relations).toEqual(document.relations);
  });

  it("BioC refuses what does not fit and warns of other mentions", () => {
    const of = (annotation: object) =>
      parseBioCJson(
        JSON.stringify({
          documents: [{ id: "1", passages: [{ offset: 0, text: "gout", annotations: [annotation] }] }],
        }),
      ).documents[0]!;
    expect(() => bioCStandoff(of({ id: "a", text: "x", locations: [{ offset: 2, length: 9 }] }))).toThrow(
      expect.objectContaining({ code: "input-format" }),
    );
    const warnings: string[] = [];
    bioCStandoff(of({ id: "a", text: "gut", locations: [{ offset: 0, length: 4 }] }), {
      warn: ({ code }) => void warnings.push(code),
    });
    bioCStandoff(of({ id: "a", text: "gut", locations: [] }), { warn: ({ code }) => void warnings.push(code) });
    expect(warnings).toEqual(["bioc-mention", "bioc-location"]);
    expect(() => parseBioCXml("<collection><document>", { file: "x.xml" })).toThrow(
      expect.objectContaining({ code: "input-format" }),
    );
    expect(() => parseBioCXml("<collection><passage/></collection>")).toThrow(/outside a document/);
  });

  it("BRAT's Equiv is no relation, parts are put in order, and new numbers are free ones", () => {
    const warnings: string[] = [];
    const warn = ({ code }: Warning) => void warnings.push(code);
    const read = parseBrat(
      "1",
      "zinc or iron salt",
      "T1\tC 13 17;0 4\tzinc salt\nT2\tC 8 12;13 17\tiron salt\nT3\tC 13 17;8 12\tsalt iron\n*\tEquiv T1 T2 T9\n",
      { warn },
    );
    expect(read.relations).toEqual([]);
    expect(read.equivalences).toEqual([{ type: "Equiv", members: ["T1", "T2", "T9"], line: 4 }]);
    expect(warnings).toEqual(["brat-dangling"]);
    expect(read.entities[0]!.spans).toEqual([
      { start: 0, end: 4 },
      { start: 13, end: 17 },
    ]);
    const relation = (id: string | undefined, role: string) => ({
      ...(id === undefined ? {} : { id }),
      type: "r",
      arguments: [
        { role, id: "T1" },
        { role, id: "T2" },
      ],
      ofConcepts: false,
    });
    const made = {
      ...read,
      equivalences: [],
      relations: [relation(undefined, ""), relation("R1", "a"), relation("R1", "b"), relation("R0", "c")],
    };
    expect(encodeBrat(made).match(/^R.*$/gm)).toEqual([
      "R2\tr Arg1:T1 Arg2:T2",
      "R1\tr a:T1 a:T2",
      "R3\tr b:T1 b:T2",
      "R0\tr c:T1 c:T2",
    ]);
    expect(standoffBioC(made).relations.map(({ id }) => id)).toEqual(["R2", "R1", "R1", "R0"]);
  });

  const annotation = (id: string, offset: number, length: number, text: string, infons: object) => ({
    ...(id === "" ? {} : { id }),
    infons,
    text,
    locations: [{ offset, length }],
  });
  const bioCOf = (relations: object[]) => ({
    id: "5",
    passages: [
      {
        offset: 0,
        text: "Zinc for gout.",
        annotations: [
          annotation("0", 0, 4, "Zinc", { type: "Chemical", MESH: "D1|D2", score: "0.9" }),
          annotation("1", 9, 4, "gout", { type: "Disease", identifier: "MESH:D3" }),
        ],
        relations,
      },
    ],
  });

  it.each([
    [{ relation: "CID", Chemical: "D1", Disease: "MESH:D3" }, []],
    [{ relation: "CID", what: "D1", whom: "MESH:D3", score: "0.5" }, []],
    [{ type: "CID", entity1: "D1", entity2: "MESH:D3" }, []],
    [
      { type: "CID", role1: { identifier: "D1", type: "Chemical" }, role2: { identifier: "MESH:D3" } },
      [{ refid: "0", role: "0,1" }],
    ],
    [{ type: "CID", role1: '{"identifier": "D1"}', role2: '{"identifier": "MESH:D3"}' }, []],
    [
      { type: "CID", role1: "Chemical|D1", role2: "Disease|MESH:D3" },
      [
        { refid: "8", role: "" },
        { refid: "9", role: "" },
      ],
    ],
  ])("BioC relations name concepts in infons: %j", (infons, nodes) => {
    const [read] = parseBioCJson(JSON.stringify(bioCOf([{ id: "R0", infons, nodes }]))).documents;
    const standoff = bioCStandoff(read!, { warn: ({ message }) => expect.fail(message) });
    expect(standoff.relations).toMatchObject([
      { id: "R0", type: "CID", ofConcepts: true, arguments: [{ id: "D1" }, { id: "MESH:D3" }] },
    ]);
    expect(encodePubTator([standoff])).toContain("5\tCID\tD1\tMESH:D3\n");
    const again = bioCStandoff(standoffBioC(standoff));
    expect(again.relations).toEqual(standoff.relations);
  });

  it("BioC relations without two arguments are left out with a warning of the document", () => {
    const warnings: Warning[] = [];
    const [read] = parseBioCJson(
      JSON.stringify(
        bioCOf([
          { id: "R0", infons: { type: "CID" }, nodes: [{ refid: "0", role: "" }] },
          { id: "R1", infons: { type: "CID", Chemical: "D1", Disease: "-" }, nodes: [] },
        ]),
      ),
    ).documents;
    expect(bioCStandoff(read!, { file: "x", warn: (warning) => void warnings.push(warning) }).relations).toEqual([]);
    expect(warnings).toEqual([
      {
        code: "bioc-arguments",
        message: "2 relations of document 5 without two arguments, left out: R0, R1",
        place: { file: "x" },
      },
    ]);
  });

  it("BioC's infons and composite concepts are kept, its parts put in order, and annotations without an id numbered", () => {
    const source = {
      source: "made up",
      date: "20240101",
      key: "k",
      infons: { licence: "none" },
      documents: [
        {
          id: "5",
          infons: { year: "2024" },
          relations: [
            { infons: { type: "r", score: "0.5" }, nodes: ["T1", "T2"].map((refid) => ({ refid, role: "a" })) },
          ],
          passages: [
            {
              offset: 0,
              infons: { type: "title", section: "T" },
              text: "zinc or iron salt",
              annotations: [
                annotation("", 0, 4, "zinc", { type: "Chemical", identifier: "D1;D2", score: "1" }),
                annotation("T1", 8, 4, "iron", { type: "Chemical", MESH: "D3|D4" }),
                {
                  infons: { type: "Chemical" },
                  text: "iron",
                  locations: [
                    { offset: 13, length: 4 },
                    { offset: 0, length: 4 },
                  ],
                },
              ],
            },
          ],
        },
      ],
    };
    const parsed = parseBioCJson(JSON.stringify(source));
    const { documents, ...collection } = parsed;
    const codes: string[] = [];
    const read = bioCStandoff(documents[0]!, { collection, warn: ({ code }) => void codes.push(code) });
    expect(codes).toEqual(["bioc-mention"]);
    expect(read.entities.map(({ id, concepts }) => [id, ...concepts])).toEqual([
      ["T2", "D1", "D2"],
      ["T1", "D3", "D4"],
      ["T3"],
    ]);
    expect(read.entities[2]!.spans[0]).toEqual({ start: 0, end: 4 });
    expect(read.collection).toEqual({ source: "made up", date: "20240101", key: "k", infons: { licence: "none" } });
    const written = standoffBioC(read);
    expect(written.infons).toEqual({ year: "2024" });
    expect(written.relations).toEqual([{ ...parsed.documents[0]!.relations[0], id: "R0" }]);
    const passage = parsed.documents[0]!.passages[0]!;
    expect(written.passages[0]!.infons).toEqual(passage.infons);
    expect(written.passages[0]!.annotations.map(({ infons }) => infons)).toEqual(
      passage.annotations.map(({ infons }) => infons),
    );
    read.entities[0]!.concepts = ["D9"];
    expect(standoffBioC(read).passages[0]!.annotations[0]!.infons["identifier"]).toBe("D9");
  });

  it("BioC JSON is read as services give it", () => {
    const one = bioCOf([]);
    const ids = (value: unknown) => parseBioCJson(JSON.stringify(value)).documents.map(({ id }) => id);
    expect(ids({ PubTator3: [one, one] })).toEqual(["5", "5"]);
    expect(ids([one, { source: "PMC", documents: [one] }])).toEqual(["5", "5"]);
    expect(parseBioCJson(JSON.stringify([{ source: "PMC", documents: [one] }])).source).toBe("PMC");
    for (const value of [[{ id: "5" }], { id: "5" }, [5]])
      expect(() => ids(value)).toThrow(expect.objectContaining({ code: "input-format" }));
  });

  it.each([
    ["Title one.\n", 11, "5|t|Title one.\n5|a|Zinc works.\n5\t11\t15\tZinc\tC\t\n\n"],
    ["Title one.", 10, "5|t|Title one.\n5|a|Zinc works.\n5\t11\t15\tZinc\tC\t\n\n"],
    ["Title one.", 11, "5|t|Title one.\n5|a|Zinc works.\n5\t11\t15\tZinc\tC\t\n\n"],
    ["", 0, "5|t|\n5|a|Zinc works.\n5\t1\t5\tZinc\tC\t\n\n"],
    ["𝛽.", 2, "5|t|𝛽.\n5|a|Zinc works.\n5\t3\t7\tZinc\tC\t\n\n"],
  ])("PubTator has all of an abstract that follows %j at %i", (title, offset, expected) => {
    const passages = [
      { offset: 0, text: title },
      { offset, text: "Zinc works.", annotations: [annotation("a", offset, 4, "Zinc", { type: "C" })] },
    ];
    const [read] = parseBioCJson(JSON.stringify({ id: "5", passages })).documents;
    const written = encodePubTator([bioCStandoff(read!)]);
    expect(written).toBe(expected);
    parsePubTator(written, { warn: ({ message }) => expect.fail(message) });
  });

  it.each([
    ["tmVar:p|SUB|V|600|E;HGVS:p.V600E;VariantGroup:0;CorrespondingGene:673;RS#:113488022", 1],
    ["D1;c|SUB|A|2|T", 2],
    ["D1|tmVar:c|DEL|1314_1328|", 2],
    ["c|SUB|A|2|T", 1],
    ["MESH:D1, MESH:D2;D3", 3],
    ["-1", 0],
    ["", 0],
  ])("PubTator's identifiers %j are %i concepts, and written as they are read", (column, count) => {
    const text = `1|t|Zinc\n1|a|works.\n1\t0\t4\tZinc\tC\t${column}\n\n`;
    const standoff = pubTatorStandoff(parsePubTator(text)[0]!);
    expect(standoff.entities[0]!.concepts).toHaveLength(count);
    expect(encodePubTator([standoff])).toBe(text);
    const { concepts } = standoff.entities[0]!;
    const throughBioC = bioCStandoff(standoffBioC(standoff));
    expect(throughBioC.entities[0]!.concepts).toEqual(concepts);
    expect(pubTatorStandoff(parsePubTator(encodePubTator([throughBioC]))[0]!).entities[0]!.concepts).toEqual(concepts);
    standoff.entities[0]!.concepts = ["D7"];
    expect(encodePubTator([standoff])).toContain("\tC\tD7\n");
  });

  it("PubTator is written as it is read", () => {
    const text =
      "1|t|Zinc for 𝛽 gout\n1|a|It helps.\n1\t0\t4\tZinc\tChemical\tD1|D2\n1\t11\t15\tgout\tDisease\tD3\n1\tCID\tD1\tD3\n\n";
    const read = parsePubTator(text);
    expect(encodePubTator(read.map((item) => pubTatorStandoff(item)))).toBe(text);
  });

  it("any stand-off document survives BioC and BRAT", () => {
    const texts = fc
      .array(fc.constantFrom("a", "ß", "𝛽", " ", "<", "&", "x"), { minLength: 3, maxLength: 30 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 5 }), (text, places) => {
        const units = [0];
        for (const character of text) units.push(units.at(-1)! + character.length);
        const entities = places.map(([a, b], i) => {
          const start = units[a % (units.length - 1)]!;
          const ends = units.filter((unit) => unit > start);
          return {
            id: `T${i + 1}`,
            type: "X",
            spans: [{ start, end: ends[b % ends.length]! }],
            text: "",
            concepts: [],
          };
        });
        const made: StandoffDocument = { id: "1", text, entities, relations: [] };
        const spans = entities.map((entity) => entity.spans);
        expect(
          bioCStandoff(
            parseBioCXml(encodeBioCXml({ source: "", date: "", key: "", infons: {}, documents: [standoffBioC(made)] }))
              .documents[0]!,
          ).entities.map((entity) => entity.spans),
        ).toEqual(spans);
        // An entity over several lines is written in parts, a line each, as BRAT asks; what remains is all but line ends and tabs.
        const characters = (parts: readonly { start: number; end: number }[]): number[] =>
          parts
            .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))
            .filter((at) => !/[\r\n\t]/.test(text[at]!));
        const parsed = parseBrat("1", text, encodeBrat(made)).entities;
        expect(parsed.map((entity) => characters(entity.spans))).toEqual(spans.map(characters));
        for (const { spans: parts } of parsed)
          if (parts.length > 1)
            expect(parts.map(({ start, end }) => text.slice(start, end)).join("")).not.toMatch(/[\r\n\t]/);
      }),
      { numRuns: 100 },
    );
  });
});

describe("PubMed and JATS", () => {
  it("gives title, abstract with labels, and ids", () => {
    const pubmed = `<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">5</PMID><Article><ArticleTitle>Zinc <i>in</i> gout.</ArticleTitle><ELocationID EIdType="doi">10.1/x</ELocationID><Abstract><AbstractText Label="AIM">To H<sub>2</sub>O.</AbstractText><AbstractText Label="END">Done &amp;\n dusted.</AbstractText></Abstract></Article><CommentsCorrectionsList><CommentsCorrections><PMID>9</PMID></CommentsCorrections></CommentsCorrectionsList></MedlineCitation></PubmedArticle></PubmedArticleSet>`;
    expect(parseCitations(pubmed)).toEqual([
      {
        id: "5",
        pmcid: undefined,
        doi: "10.1/x",
        title: "Zinc in gout.",
        abstract: "AIM: To H2O. END: Done & dusted.",
      },
    ]);
    const jats = `<article><front><article-meta><article-id pub-id-type="pmc">12</article-id><title-group><article-title>A title</article-title></title-group><abstract><sec><title>Aim</title><p>One.</p></sec></abstract><abstract abstract-type="graphical"><p>Two.</p></abstract></article-meta></front><body><p>No.</p></body></article>`;
    expect(parseCitations(jats)).toEqual([
      { id: "PMC12", pmcid: "PMC12", doi: undefined, title: "A title", abstract: "Aim: One." },
    ]);
    expect(() => parseCitations("<html/>", { file: "x" })).toThrow(expect.objectContaining({ code: "input-format" }));
  });
});
