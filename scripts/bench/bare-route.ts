/**
 * A program: one Hono route that returns the bytes of a file with an ETag, and does nothing else.
 * What Kyros needs beyond this for the same answer is its own doing.
 */
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const [port, file, etag = ""] = process.argv.slice(2);
const text = readFileSync(file ?? "", "utf8");
const app = new Hono();
app.get("/tasks/:id", (c) => c.body(text, 200, { "Content-Type": "application/json", ETag: etag }));
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
