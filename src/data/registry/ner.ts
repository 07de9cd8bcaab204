// Named entity recognition: the nine sets of the BioBERT paper, and the same corpora with types or offsets.

import { NER_DATASETS } from "../ner-release.ts";
import { readBratTagged, readPubTatorTagged, readTagged } from "../readers/tagged.ts";
import { cannotBeHad, nerScores, NLM_WORK, NOT_STATED, PUBLIC_DOMAIN, split } from "./shared.ts";
import type { Dataset, Licence, PublishedScore } from "./types.ts";

const TAGS = ["O", "B", "I"];
const PROTOCOL = "biobert-ner-entity-f1";

interface ReleaseDetails {
  id: string;
  name: string;
  entity: string;
  licence: Licence;
  citation: string;
  homepage: string;
  published: PublishedScore[];
  aliases?: string[];
}

/** A set of the BioBERT v1.1 release; its files and counts are those of `NER_DATASETS`. */
function release(folder: string, { entity, ...details }: ReleaseDetails): Dataset<"ner"> {
  const { splits } = NER_DATASETS.find(({ id }) => id === folder)!;
  const of = (name: "train" | "dev" | "test") => {
    const { path, ...counts } = splits[name];
    return split(path, counts);
  };
  return {
    ...details,
    aliases: [folder, ...(details.aliases ?? [])],
    task: "ner",
    description: `${entity}; tagged tokens of the BioBERT v1.1 release`,
    availability: "pull",
    splits: { train: of("train"), dev: of("dev"), test: of("test") },
    labels: TAGS,
    protocol: PROTOCOL,
    read: readTagged,
  };
}

const GENIA: Licence = { name: "GENIA Project Licence for Annotated Corpora", shippable: false, binds: "non-commercial" };
const JNLPBA_TYPES = ["DNA", "RNA", "cell_line", "cell_type", "protein"];
const cdr = (part: string, counts: Record<string, number>) => split(`BC5CDR/pubtator/CDR_${part}Set.PubTator.txt`, counts);

export const NER: readonly Dataset<"ner">[] = [
  release("NCBI-disease", {
    id: "ncbi-disease",
    name: "NCBI disease corpus",
    entity: "disease names in 793 PubMed abstracts",
    licence: NLM_WORK,
    citation: "Doğan, Leaman and Lu 2014, Journal of Biomedical Informatics 47:1-10, doi:10.1016/j.jbi.2013.12.006",
    homepage: "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/",
    published: nerScores(85.63, 89.36, 89.71, 88.3),
  }),
  {
    id: "i2b2-2010",
    name: "i2b2/VA 2010 concepts",
    aliases: ["i2b2"],
    task: "ner",
    description: "problems, treatments and tests in clinical notes",
    licence: { name: "n2c2 data use agreement", shippable: false, binds: "registration" },
    availability: "no",
    why: "Register for it at the DBMI data portal, convert its files to one token and tag a line, and give them with --train and --test.",
    splits: {},
    labels: [],
    citation: "Uzuner et al. 2011, JAMIA 18(5):552-556, doi:10.1136/amiajnl-2011-000203",
    homepage: "https://portal.dbmi.hms.harvard.edu/projects/n2c2-nlp/",
    protocol: PROTOCOL,
    published: nerScores(84.06, 86.46, 86.73),
    read: cannotBeHad("i2b2-2010", "Register at the DBMI data portal; give the converted files with --train and --test."),
  },
  release("BC5CDR-disease", {
    id: "bc5cdr-disease",
    name: "BC5CDR, diseases",
    entity: "disease names in 1,500 PubMed abstracts",
    licence: NOT_STATED,
    citation: "Li et al. 2016, Database 2016:baw068, doi:10.1093/database/baw068",
    homepage: "https://biocreative.bioinformatics.udel.edu/tasks/biocreative-v/track-3-cdr/",
    published: nerScores(82.41, 86.56, 87.15, 86.37),
  }),
  release("BC5CDR-chem", {
    id: "bc5cdr-chem",
    name: "BC5CDR, chemicals",
    entity: "chemical names in 1,500 PubMed abstracts",
    licence: NOT_STATED,
    citation: "Li et al. 2016, Database 2016:baw068, doi:10.1093/database/baw068",
    homepage: "https://biocreative.bioinformatics.udel.edu/tasks/biocreative-v/track-3-cdr/",
    published: nerScores(91.16, 93.44, 93.47, 93.04),
    aliases: ["bc5cdr-chemical"],
  }),
  {
    id: "bc5cdr",
    name: "BC5CDR, chemicals and diseases",
    task: "ner",
    description: "chemicals and diseases with their types, sentences and tokens made here from the documents with offsets",
    licence: NOT_STATED,
    availability: "pull",
    splits: {
      train: cdr("Training", { documents: 500 }),
      dev: cdr("Development", { documents: 500 }),
      test: cdr("Test", { documents: 500 }),
    },
    labels: ["O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease"],
    citation: "Li et al. 2016, Database 2016:baw068, doi:10.1093/database/baw068",
    homepage: "https://biocreative.bioinformatics.udel.edu/tasks/biocreative-v/track-3-cdr/",
    protocol: PROTOCOL,
    published: [],
    differs: "sentences and tokens are ours, not those of the BioBERT release",
    read: (context) => readPubTatorTagged(context, ["Chemical", "Disease"]),
  },
  {
    id: "bc4chemd",
    name: "BC4CHEMD",
    task: "ner",
    description: "chemical names in 10,000 PubMed abstracts",
    licence: NOT_STATED,
    availability: "no",
    why: "The BioBERT release's files are no longer published in one place; give your own with --train and --test, one token and tag a line.",
    splits: {},
    labels: TAGS,
    citation: "Krallinger et al. 2015, Journal of Cheminformatics 7:S2, doi:10.1186/1758-2946-7-S1-S2",
    homepage: "https://biocreative.bioinformatics.udel.edu/resources/biocreative-iv/chemdner-corpus/",
    protocol: PROTOCOL,
    published: nerScores(90.04, 91.41, 92.36, 91.15),
    read: cannotBeHad("bc4chemd", "Give your own files with --train and --test, one token and tag a line."),
  },
  release("BC2GM", {
    id: "bc2gm",
    name: "BioCreative II gene mention",
    entity: "gene names in 20,000 sentences of PubMed abstracts",
    licence: PUBLIC_DOMAIN,
    citation: "Smith et al. 2008, Genome Biology 9:S2, doi:10.1186/gb-2008-9-s2-s2",
    homepage: "https://biocreative.bioinformatics.udel.edu/tasks/biocreative-ii/task-1a-gene-mention-tagging/",
    published: nerScores(81.79, 84.4, 84.72, 83.41),
  }),
  release("JNLPBA", {
    id: "jnlpba",
    name: "JNLPBA, one type",
    entity: "protein, DNA and RNA names as one type in 2,404 GENIA abstracts",
    licence: GENIA,
    citation: "Kim et al. 2004, JNLPBA, pages 70-75",
    homepage: "http://www.geniaproject.org/shared-tasks/bionlp-jnlpba-shared-task-2004",
    published: nerScores(74.94, 77.59, 77.49, 75.98),
  }),
  {
    id: "jnlpba-5types",
    name: "JNLPBA, five types",
    task: "ner",
    description: "protein, DNA, RNA, cell line and cell type; sentences and tokens made here from the stand-off documents",
    licence: GENIA,
    availability: "local",
    why: "The stand-off documents are thousands of small files of one repository (spyysalo/jnlpba, folder standoff): clone it and put the folder, or a tar.gz of it, at JNLPBA/standoff.",
    splits: {
      train: split("JNLPBA/standoff.tar.gz", { documents: 2000 }),
      test: split("JNLPBA/standoff.tar.gz", { documents: 404 }),
    },
    labels: ["O", ...JNLPBA_TYPES.flatMap((type) => [`B-${type}`, `I-${type}`])],
    citation: "Kim et al. 2004, JNLPBA, pages 70-75",
    homepage: "http://www.geniaproject.org/shared-tasks/bionlp-jnlpba-shared-task-2004",
    protocol: PROTOCOL,
    published: [],
    differs: "sentences and tokens are ours, not those of the shared task",
    read: (context) => readBratTagged(context, "JNLPBA/standoff", JNLPBA_TYPES),
  },
  release("linnaeus", {
    id: "linnaeus",
    name: "LINNAEUS",
    entity: "species names in 100 full-text articles",
    licence: NOT_STATED,
    citation: "Gerner, Nenadic and Bergman 2010, BMC Bioinformatics 11:85, doi:10.1186/1471-2105-11-85",
    homepage: "http://linnaeus.sourceforge.net/",
    published: nerScores(87.6, 89.81, 88.24, 88.08),
  }),
  release("s800", {
    id: "s800",
    name: "Species-800",
    entity: "species names in 800 PubMed abstracts",
    licence: NOT_STATED,
    citation: "Pafilis et al. 2013, PLoS ONE 8(6):e65390, doi:10.1371/journal.pone.0065390",
    homepage: "https://species.jensenlab.org/",
    published: nerScores(71.63, 75.31, 74.06, 72.38),
    aliases: ["species-800"],
  }),
];
