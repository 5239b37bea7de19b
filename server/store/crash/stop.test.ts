/** The end of a server: asked for, and not. */
import { describe, expect, test } from "vitest";
import { differences, lookInto, newFolder, pause } from "./processes.ts";
import { serve, type Server } from "./server.ts";

/** Creates tasks until the server is gone; answers the ids of those that were acknowledged. */
async function createOn(server: Server, writers: number): Promise<string[]> {
  const created: string[] = [];
  let isUp = true;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (isUp) {
        try {
          const { status, body } = await server.ask("POST", "/collab/tasks", { title: "x" });
          if (status === 201) created.push(body.id);
          else isUp = false;
        } catch {
          isUp = false;
        }
      }
    }),
  );
  return created;
}

async function expectAll(folder: string, created: readonly string[]): Promise<void> {
  const { view } = await lookInto(folder);
  expect(created.filter((id) => view.get("tasks", id) === undefined)).toEqual([]);
  expect(await differences(folder)).toEqual([]);
}

describe("[S18] the end of a server under load", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s: what was taken is finished, streams say goodbye, and it ends with 0 within 5 s",
    async (signal) => {
      const folder = newFolder();
      const server = await serve(folder);
      const stream = fetch(`${server.url}/collab/events/tail`).then((response) => response.text());
      const creating = createOn(server, 20);
      await pause(700);
      const start = performance.now();
      server.process.kill(signal);
      const { code } = await server.ended;
      expect(code).toBe(0);
      expect(performance.now() - start).toBeLessThan(5_000);
      const said = await stream;
      expect(said).toContain("event: bye");
      expect(said).toMatch(/retry: ?\d+/);
      const created = await creating;
      expect(created.length).toBeGreaterThan(5);
      await expectAll(folder, created);
    },
  );

  test("SIGKILL: nothing that was acknowledged is lost, five times in a row", async () => {
    const folder = newFolder();
    const all: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const server = await serve(folder);
      const creating = createOn(server, 20);
      await pause(250 + round * 60);
      server.process.kill("SIGKILL");
      await server.ended;
      all.push(...(await creating));
    }
    expect(all.length).toBeGreaterThan(50);
    await expectAll(folder, all);
  });
});
