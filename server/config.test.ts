import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError, readCommandSettings, readConfig, VARIABLES } from "./config.ts";

describe("settings", () => {
  test("an empty environment gives the documented defaults", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 8000,
      dir: undefined,
      logLevel: "info",
      leaseTtlSeconds: 300,
      agentOfflineAfterSeconds: 90,
      rateLimitPerSecond: 0,
      maxStreams: 2000,
    });
  });

  test("an empty value counts as not set", () => {
    expect(readConfig({ PORT: "", KYROS_DIR: "  " })).toEqual(readConfig({}));
  });

  test.each([
    ["PORT", "eighty", "PORT=eighty is not a whole number from 0 to 65535."],
    ["PORT", "65536", "PORT=65536 is not a whole number from 0 to 65535."],
    ["PORT", "-1", "PORT=-1 is not a whole number from 0 to 65535."],
    ["PORT", "80.5", "PORT=80.5 is not a whole number from 0 to 65535."],
    ["LEASE_TTL_SECONDS", "0", "LEASE_TTL_SECONDS=0 is not a whole number from 1 to 86400."],
    [
      "LOG_LEVEL",
      "loud",
      "LOG_LEVEL=loud is not one of fatal, error, warn, info, debug, trace, silent.",
    ],
  ])("%s=%s is refused with a sentence", (name, value, sentence) => {
    expect(() => readConfig({ [name]: value })).toThrow(new ConfigError(sentence));
  });

  test.each(["127.0.0.1", "127.8.8.8", "localhost", "::1"])(
    "[H50] open mode listens on the loopback address %s",
    (host) => {
      expect(readConfig({ HOST: host }).host).toBe(host);
    },
  );

  test.each(["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org"])(
    "[H50] without authentication %s is refused, and the text says why and what to do",
    (host) => {
      expect(() => readConfig({ HOST: host })).toThrow(
        /nobody would be asked who they are.*set it to 127\.0\.0\.1/,
      );
    },
  );
});

describe("settings of the command line", () => {
  test("an empty environment names the default folder, no server and nobody", () => {
    expect(readCommandSettings({ KYROS_URL: "" })).toEqual({
      dir: undefined,
      url: undefined,
      actor: undefined,
    });
  });
});

describe(".env", () => {
  const home = mkdtempSync(join(tmpdir(), "kyros-env-"));
  afterAll(() => rmSync(home, { recursive: true }));

  test("gives settings of ours, and puts nothing into the environment of what is started from here", () => {
    writeFileSync(join(home, ".env"), "PORT=8123\nLD_PRELOAD=./evil.so\nGIT_DIR=/elsewhere\n");
    const config = new URL("config.ts", import.meta.url).href;
    const program = `const { readConfig } = await import(${JSON.stringify(config)});
      const { port } = readConfig();
      console.log(JSON.stringify({ port, env: process.env }));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: home,
      env: { PATH: process.env["PATH"] },
      encoding: "utf8",
    });
    const { port, env } = JSON.parse(stdout) as { port: number; env: Record<string, string> };
    expect(port).toBe(8123);
    expect(Object.keys(env)).not.toContain("LD_PRELOAD");
    expect(Object.keys(env)).not.toContain("GIT_DIR");
    expect(Object.keys(env)).not.toContain("PORT");
  });
});

describe(".env.example", () => {
  const text = readFileSync(new URL("../.env.example", import.meta.url), "utf8");

  test("lists every variable with its default and its line of explanation, and no other", () => {
    const listed = [...text.matchAll(/^# (.+)\n([A-Z_]+)=(.*)$/gm)].map(
      ([, about, name, fallback]) => ({ name, fallback, about }),
    );
    expect(listed).toEqual(VARIABLES);
  });

  test("read as an environment it gives the defaults", () => {
    const env = Object.fromEntries(
      [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(
        ([, name = "", value = ""]) => [name, value] as const,
      ),
    );
    expect(readConfig(env)).toEqual(readConfig({}));
  });
});
