// `npm run build`: dist/ from the sources, in any case.
import { SetUpError, ensureReady } from "./ensure.mjs";

try {
  await ensureReady({ rebuild: true });
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
