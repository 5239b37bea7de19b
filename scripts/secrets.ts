/** Looks for secrets in every file of the tree, or in the files named as arguments. */

import { scanForSecrets } from "./secret-scan.ts";
import { listFiles } from "./tree.ts";

const named = process.argv.slice(2);
// The scanner reads its own configuration as such, never as a text to look through.
const paths = (named.length > 0 ? named : listFiles()).filter(
  (path) => path !== ".secretlintrc.json",
);
const { scanned, findings } = scanForSecrets(paths);

for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
if (scanned < paths.length || (scanned === 0 && named.length === 0)) {
  console.error(`The scan looked at ${scanned} files of ${paths.length}: its result says nothing.`);
  process.exitCode = 1;
} else if (findings.length > 0) {
  console.error(`${findings.length} possible secrets. Take them out before they are committed.`);
  process.exitCode = 1;
} else {
  console.log(`No secrets in ${scanned} files.`);
}
