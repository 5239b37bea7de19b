import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { scanForSecrets } from "./secret-scan.ts";

const folder = mkdtempSync(join(tmpdir(), "kyros-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NOISE = "q7Zt2Lk9Xw4Vb1Nc8Rm5Ys3Hd6Jf0GpTaEuQi".repeat(2);

/** A dot breaks each of them, so that this file holds no secret itself. */
const SECRETS: Readonly<Record<string, string>> = {
  "an OpenAI project key": `const key = "sk-·proj-${NOISE.slice(0, 48)}";`,
  "an Anthropic key": `KEY=sk-·ant-api03-${NOISE.slice(0, 40)}`,
  "a Google key": `key: AI·za${NOISE.slice(0, 35)}`,
  "a bare AWS key id": `AK·IAQ7ZT2LK4XW5VB6NC`,
  "a Slack bot token": `"xo·xb-123456789012-123456789012-${NOISE.slice(0, 24)}"`,
  "a Slack user token": `xo·xp-123456789012-${NOISE.slice(0, 24)}`,
  "a GitHub token": `https://gh·p_${NOISE.slice(0, 36)}@example.org/`,
  "a private key": `-----BEGIN· RSA PRIVATE KEY-----`,
  "a key inside a string": `{"api·_key": "${NOISE.slice(0, 40)}"}`,
};

test("every kind of secret is found, each in its own file, and what is harmless is not", () => {
  const paths = Object.entries({
    ...SECRETS,
    "a hash": `"sha256-${NOISE.slice(0, 43)}="`,
    "a placeholder": `api·_key: "your-key-here"`,
  }).map(([name, text]) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}.txt`);
    writeFileSync(path, `${text.replaceAll("·", "")}\n`);
    return path;
  });
  const { scanned, findings } = scanForSecrets(paths);
  expect(scanned).toBe(11);
  expect(new Set(findings.map(({ file }) => file))).toEqual(new Set(paths.slice(0, 9)));
  expect(findings.filter(({ message }) => message.includes(NOISE.slice(0, 20)))).toEqual([]);
});
