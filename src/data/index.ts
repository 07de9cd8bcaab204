export { type ReadTextOptions, decodeText, readBytes, readText } from "./files.ts";
export { type LineSource, type ReadLine, type ReadLinesOptions, readDocumentLines, readLines } from "./line-reader.ts";
export { type FileContent, writeDirectoryAtomic, writeFileAtomic } from "./write.ts";
export { type Json, type ModelFiles, type ModelHead, type ModelManifest, readModelFiles, readTensors } from "./model-files.ts";
