// `node bench/catalogue-dump.mjs FOLDER [PAPERS [ROWS]]`: writes dumps in the form of Papers With Code, of the size of the real ones
// (600,000 papers, 60,000 rows, 300,000 links, 8,725 methods, 15,008 datasets; invented text, the same for the same sizes), to import
// and to measure pages on (bench/catalogue.mjs):
//   npx biobert results import FOLDER/*.json.gz --database /tmp/large
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

const [folder, papersGiven = "600000", rowsGiven = "60000"] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: node bench/catalogue-dump.mjs FOLDER [PAPERS [ROWS]]\n");
  process.exit(2);
}
const papers = Number(papersGiven);
const rows = Number(rowsGiven);
const TASKS = 4451;
const TABLES = 2254;
const METHODS = 8725;
const DATASETS = 15008;
const WORDS = Array.from({ length: 8000 }, (_, index) => word(index));

let state = 1;
function random(bound) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * bound);
}

/** Pronounceable, and a different one for each number. */
function word(index) {
  const consonants = "bdfgklmnprstvz";
  const vowels = "aeiou";
  let text = "";
  for (let rest = index + 200; rest > 0; rest = Math.floor(rest / 70))
    text += consonants[rest % 14] + vowels[Math.floor(rest / 14) % 5];
  return text;
}

/** Few words are common, as in real text. */
function words(count) {
  return Array.from({ length: count }, () => WORDS[Math.floor(WORDS.length * (random(1e6) / 1e6) ** 3)]).join(" ");
}

const day = (index) =>
  `${2005 + (index % 20)}-${String(1 + random(12)).padStart(2, "0")}-${String(1 + random(28)).padStart(2, "0")}`;
const paperUrl = (index) => `https://example.org/paper/paper-${index}`;
const taskName = (index) => `Task ${word(index)} ${index}`;
const methodName = (index) => `Method ${word(index)} ${index}`;
const datasetName = (index) => `Dataset ${word(index)} ${index}`;
/** A number below `bound`, small ones often: a few tasks and methods have most papers. */
const skewed = (bound) => Math.floor(bound * (random(1e6) / 1e6) ** 3);

function* paperEntries() {
  for (let index = 0; index < papers; index++)
    yield {
      paper_url: paperUrl(index),
      arxiv_id: `${String(500 + (index % 2000)).padStart(4, "0")}.${String(index % 100000).padStart(5, "0")}`,
      title: `${words(9)} ${index}`,
      abstract: words(150),
      authors: Array.from({ length: 4 }, () => `Author ${word(random(200000))}`),
      tasks: Array.from({ length: random(4) }, () => taskName(skewed(TASKS))),
      date: day(index),
      url_abs: `https://example.org/abs/${index}`,
      url_pdf: `https://example.org/pdf/${index}`,
      proceeding: index % 3 === 0 ? `Conference ${index % 300} ${2005 + (index % 20)}` : null,
      methods: Array.from({ length: random(3) }, () => ({
        name: methodName(skewed(METHODS)),
        full_name: "",
        description: "",
      })),
    };
}

function* methodEntries() {
  for (let index = 0; index < METHODS; index++)
    yield {
      url: `https://example.org/method/method-${index}`,
      name: methodName(index),
      full_name: `${words(3)} ${index}`,
      description: words(40),
      paper: null,
      introduced_year: 2000 + (index % 25),
      source_url: null,
      source_title: null,
      code_snippet_url: null,
      num_papers: 0,
      collections: [
        { collection: `Collection ${index % 300}`, area_id: `area-${index % 7}`, area: `Area ${index % 7}` },
      ],
    };
}

function* datasetEntries() {
  for (let index = 0; index < DATASETS; index++)
    yield {
      url: `https://example.org/dataset/dataset-${index}`,
      name: datasetName(index),
      full_name: words(4),
      homepage: `https://example.org/data/${index}`,
      description: words(60),
      paper: null,
      introduced_date: day(index),
      warning: null,
      modalities: [{ name: "Texts", url: "https://example.org/datasets?mod=texts" }],
      tasks: [{ name: taskName(skewed(TASKS)), url: "https://example.org/task" }],
      languages: [{ name: "English", url: "https://example.org/datasets?lang=english" }],
      variants: [],
      num_papers: 0,
      data_loaders: [],
    };
}

function* linkEntries() {
  for (let index = 0; index < papers / 2; index++)
    yield {
      paper_url: paperUrl(index * 2),
      paper_title: null,
      repo_url: `https://github.com/example/code-${index}`,
      is_official: index % 4 === 0,
      mentioned_in_paper: false,
      mentioned_in_github: true,
      framework: "pytorch",
    };
}

function* tableEntries() {
  let left = rows;
  for (let index = 0; index < TABLES; index++) {
    // A few tables are long, most are short.
    const count =
      index === TABLES - 1 ? left : Math.min(left, Math.max(1, Math.round((rows / TABLES) * (index < 20 ? 20 : 0.8))));
    left -= count;
    yield {
      task: taskName(index),
      description: words(30),
      categories: [`Area ${index % 17}`],
      subtasks: [],
      synonyms: [],
      source_link: null,
      datasets: [
        {
          dataset: datasetName(index),
          description: words(20),
          dataset_links: [],
          dataset_citations: [],
          subdatasets: [],
          sota: {
            metrics: ["Accuracy", "F1", "Params"],
            rows: Array.from({ length: count }, (_, row) => ({
              model_name: `Model ${word(random(20000))} ${row}`,
              paper_title: "",
              paper_url: paperUrl(random(papers)),
              paper_date: day(row),
              code_links: [],
              model_links: [],
              metrics: {
                Accuracy: (50 + random(5000) / 100).toFixed(2),
                F1: (40 + random(6000) / 100).toFixed(2),
                Params: `${1 + random(900)}M`,
              },
              uses_additional_data: row % 9 === 0,
            })),
          },
        },
      ],
    };
  }
}

function* listText(entries) {
  yield "[";
  let isFirst = true;
  for (const entry of entries) {
    yield `${isFirst ? "" : ","}\n${JSON.stringify(entry)}`;
    isFirst = false;
  }
  yield "\n]\n";
}

mkdirSync(folder, { recursive: true });
for (const [name, entries] of [
  ["methods", methodEntries()],
  ["datasets", datasetEntries()],
  ["papers-with-abstracts", paperEntries()],
  ["links-between-papers-and-code", linkEntries()],
  ["evaluation-tables", tableEntries()],
]) {
  const path = join(folder, `${name}.json.gz`);
  await pipeline(Readable.from(listText(entries)), createGzip({ level: 1 }), createWriteStream(path));
  process.stdout.write(`${path}\n`);
}
