import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Types are stripped and code is compiled once, not at each start: that halves the time to the first
// answer. Beside the packages, since anybody may write to the folder that Node would choose.
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/compiled"));

const [argument] = process.argv.slice(2);
if (argument === undefined) {
  const { serve } = await import("./serve.ts");
  process.exitCode = await serve();
} else {
  process.stderr.write(
    `Not started. The server takes no arguments, so not ${argument} either: .env.example lists what can be set.\n`,
  );
  process.exitCode = 1;
}
