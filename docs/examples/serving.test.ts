import { afterAll, expect, test } from "vitest";
import { handler } from "./serving/edge.ts";
import { app } from "./serving/hono.ts";
import { GET, POST, PUT } from "./serving/next-route.ts";
import { server } from "./serving/node.ts";

afterAll(() => void server.close());

const url = "http://localhost:3000/api/stepwell";
const told = { mode: "dev", function_count: 1 };

test("Next.js", async () => {
  const response = await GET(new Request(url));
  expect(await response.json()).toMatchObject(told);
  expect([POST, PUT]).toEqual([GET, GET]);
});

test("Hono", async () => {
  const response = await app.request(url);
  expect(await response.json()).toMatchObject(told);
});

test("Node", async () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const response = await fetch(`http://localhost:${port}/`);
  expect(await response.json()).toMatchObject(told);
});

test("anything with Request and Response, and who is answered in inferred dev mode", async () => {
  expect(await (await handler(new Request(url))).json()).toMatchObject(told);
  const foreign = await handler(new Request("https://shop.example.com/api/stepwell"));
  expect(foreign.status).toBe(403);
  expect(await foreign.json()).toMatchObject({ code: "host_not_allowed" });
});
