// Documents as vectors: title and abstract in, one vector out; scored by SciDocs' protocol (a linear SVM, rankings by distance) on
// files in its format.
import { classifyVectors, embed, loadEncoder, rankByVectors, readSciDocs } from "biobert";
import { data, tinyStart } from "./support.mjs";

const scidocs = await readSciDocs(data("scidocs"));
const start = await tinyStart("scidocs/paper_metadata_mag_mesh.json");
// Layer 0, the embeddings: in a random BERT they alone say which words are there. Of a trained one, leave `layer` out.
const encoder = await loadEncoder(start, { pooling: "mean", layer: 0 });
const documents = scidocs.documents.map(({ title, abstract }) => ({ title, abstract }));
const found = await embed(encoder, documents, { normalize: true });
await encoder.dispose();

const vectors = new Map(scidocs.documents.map(({ id }, i) => [id, found[i].vector]));
export const { macroF1, cost } = classifyVectors(vectors, scidocs.mag.train, scidocs.mag.test);
export const { map, ndcg } = rankByVectors(vectors, scidocs.cite);
console.log(`${vectors.size} documents, ${encoder.width} numbers each`);
console.log(`classification: macro-F1 ${macroF1.toFixed(1)} (C = ${cost}); citations: MAP ${map.toFixed(1)}, nDCG ${ndcg.toFixed(1)}`);
