// Models of biomedical and general English that this project's tasks start from, as their hub pages and papers describe
// them. A name that is not here can be pulled as well. Licences are what the publisher says on the model's page or, where
// the page is silent, nothing: it is for the user to ask.

export interface KnownModel {
  name: string;
  /** What it is and what it was trained on. */
  description: string;
  /** Whether its vocabulary tells upper case from lower case. */
  cased: boolean;
  paper: string;
  /** As published on the model's page; "not stated" where it says nothing. */
  licence: string;
  /** What the hub called it before; the hub redirects the old name. */
  formerName?: string;
}

const BIOBERT = "Lee et al. 2020, Bioinformatics 36(4), doi:10.1093/bioinformatics/btz682";
const BIOMED_BERT = "Gu et al. 2021, ACM Transactions on Computing for Healthcare 3(1), arXiv:2007.15779";
const LINK_BERT = "Yasunaga et al. 2022, ACL, arXiv:2203.15827";
const SCI_BERT = "Beltagy et al. 2019, EMNLP, arXiv:1903.10676";
const BERT = "Devlin et al. 2019, NAACL, arXiv:1810.04805";
const MINI_LM = "Wang et al. 2020, NeurIPS, arXiv:2002.10957";
const NOT_STATED = "not stated";

function bioBert(variant: string, description: string): KnownModel {
  return { name: `dmis-lab/biobert-${variant}`, description, cased: true, paper: BIOBERT, licence: NOT_STATED };
}

/** The models that `biobert pull --list` shows, BioBERT's first. */
export const KNOWN_MODELS: readonly KnownModel[] = [
  bioBert("base-cased-v1.1", "BioBERT base v1.1: BERT base, PubMed abstracts, 1M steps"),
  bioBert("base-cased-v1.2", "BioBERT base v1.2: trained as v1.1, with its masked-language-model head"),
  bioBert("large-cased-v1.1", "BioBERT large v1.1: BERT large, PubMed abstracts, vocabulary of its own"),
  bioBert("base-cased-v1.1-squad", "BioBERT base v1.1 fine-tuned on SQuAD, to start question answering from"),
  bioBert("base-cased-v1.1-mnli", "BioBERT base v1.1 fine-tuned on MNLI"),
  bioBert("large-cased-v1.1-squad", "BioBERT large v1.1 fine-tuned on SQuAD"),
  bioBert("large-cased-v1.1-mnli", "BioBERT large v1.1 fine-tuned on MNLI"),
  {
    name: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
    formerName: "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract-fulltext",
    description: "PubMedBERT (now BiomedBERT): from scratch on PubMed abstracts and PubMed Central articles",
    cased: false,
    paper: BIOMED_BERT,
    licence: "MIT",
  },
  {
    name: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
    formerName: "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract",
    description: "PubMedBERT (now BiomedBERT): from scratch on PubMed abstracts",
    cased: false,
    paper: BIOMED_BERT,
    licence: "MIT",
  },
  {
    name: "michiyasunaga/BioLinkBERT-base",
    description: "BioLinkBERT base: PubMed abstracts and the citations between them",
    cased: false,
    paper: LINK_BERT,
    licence: "Apache-2.0",
  },
  {
    name: "michiyasunaga/BioLinkBERT-large",
    description: "BioLinkBERT large: PubMed abstracts and the citations between them",
    cased: false,
    paper: LINK_BERT,
    licence: "Apache-2.0",
  },
  {
    name: "allenai/scibert_scivocab_uncased",
    description: "SciBERT: from scratch on papers of Semantic Scholar, most of them biomedical",
    cased: false,
    paper: SCI_BERT,
    licence: NOT_STATED,
  },
  {
    name: "allenai/scibert_scivocab_cased",
    description: "SciBERT, cased",
    cased: true,
    paper: SCI_BERT,
    licence: NOT_STATED,
  },
  {
    name: "google-bert/bert-base-cased",
    formerName: "bert-base-cased",
    description: "BERT base, cased: what BioBERT base started from",
    cased: true,
    paper: BERT,
    licence: "Apache-2.0",
  },
  {
    name: "sentence-transformers/all-MiniLM-L6-v2",
    description: "MiniLM, 6 layers of 384: small and fast; trained on sentence pairs, no masked-language-model head",
    cased: false,
    paper: MINI_LM,
    licence: "Apache-2.0",
  },
];

/** The known models whose names are nearest to `name`, best first, at most `count`; none where nothing is near. */
export function nearestKnownNames(name: string, count = 3): string[] {
  const wanted = name.toLowerCase();
  return KNOWN_MODELS.map(({ name: known, formerName }) => {
    const forms = [known, known.split("/")[1]!, ...(formerName === undefined ? [] : [formerName])];
    const shares = forms.map((form) => editDistance(wanted, form.toLowerCase()) / Math.max(wanted.length, form.length));
    return { known, share: Math.min(...shares) };
  })
    .filter(({ known, share }) => known !== name && share <= 0.4)
    .sort((left, right) => left.share - right.share)
    .slice(0, count)
    .map(({ known }) => known);
}

/** Insertions, deletions and replacements between two texts (Levenshtein 1966). */
function editDistance(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = above[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[right.length]!;
}
