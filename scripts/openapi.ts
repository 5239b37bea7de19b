/** Writes contracts/openapi.json from the contract: `node scripts/openapi.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toOpenApi } from "./openapi/document.ts";
import { ROOT } from "./tree.ts";

writeFileSync(join(ROOT, "contracts/openapi.json"), `${JSON.stringify(toOpenApi(), null, 2)}\n`);
