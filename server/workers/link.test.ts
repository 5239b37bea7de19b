import { expect, test } from "vitest";
import { createClient, type Client, type WireResponse } from "#contracts/client";
import { createLink } from "./link.ts";

const { signal: FOREVER } = new AbortController();

function answer(status: number, body: object, type = "application/json"): WireResponse {
  const headers = new Headers({ "content-type": type });
  return { status, headers, json: () => Promise.resolve(body) };
}

function problem(code: string, retryable: boolean): WireResponse {
  return answer(retryable ? 503 : 409, { code, retryable }, "application/problem+json");
}

/** Servers that come one after another; each answers one call. */
function openLink(...servers: (WireResponse | Error | "none")[]) {
  const heard: string[] = [];
  const left = [...servers];
  const connect = (): Client | undefined => {
    const next = left.shift();
    if (next === "none") return undefined;
    const fetch = () => (next instanceof Error ? Promise.reject(next) : (next ?? answer(200, {})));
    return createClient({ baseUrl: "http://board", fetch });
  };
  const link = createLink({
    connect,
    onSilence: () => heard.push("silence"),
    onReturn: () => heard.push("back"),
  });
  const health = () =>
    link.reach((client, signal) => client.call("getHealth", { signal }), FOREVER);
  return { link, heard, health, left };
}

test("[W12] a call is made until a server answers it, and the silence is told once", async () => {
  const refused = new Error("ECONNREFUSED");
  const { health, heard, left } = openLink(
    "none",
    refused,
    problem("draining", true),
    answer(200, { status: "alive" }),
  );
  expect((await health()).body).toEqual({ status: "alive" });
  expect([heard, left]).toEqual([["silence", "back"], []]);
});

test("[W12] a refusal is an answer", async () => {
  const { health, heard } = openLink(problem("fence-stale", false));
  await expect(health()).rejects.toMatchObject({ problem: { code: "fence-stale" } });
  expect(heard).toEqual([]);
});

test("[W10] a call under way is broken off with its signal, unless it is to be whole", async () => {
  const { link } = openLink();
  const stop = new AbortController();
  const open = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("broken off")));
      setTimeout(() => resolve("answered"), 50);
    });
  const broken = link.reach((_, signal) => open(signal), stop.signal);
  const whole = link.reach((_, signal) => open(signal), stop.signal, "whole");
  stop.abort();
  await expect(broken).rejects.toThrow("broken off");
  expect(await whole).toBe("answered");
});

test("[W10] nothing is called after the signal", async () => {
  const { link } = openLink();
  const calling = link.reach(() => Promise.resolve("called"), AbortSignal.abort(new Error("over")));
  await expect(calling).rejects.toThrow("over");
});
