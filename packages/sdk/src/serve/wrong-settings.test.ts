// What is wrong with settings and arguments is said when an app starts, or sends, and not with the first call.

import { describe, expect, test } from "vitest";
import { setup } from "../../test/served-app.ts";
import { Stepwell } from "../index.ts";
import { createHandler } from "./create-handler.ts";

const express = { name: "express", isLongLived: true } as const;

describe("an address that is none", () => {
  const wrong = ["ht!tp://%%", "http://", "https:///path", "ftp://example.com", "http://a b", "http://user:word@", "localhost:port"];

  test.each(wrong)("%s is refused at start and when something is sent, at once", async (baseUrl) => {
    const { client, asked } = setup({ baseUrl });
    const error = {
      code: "base_url_invalid",
      message: expect.stringContaining("no address of the web"),
      retryable: false,
      advice: expect.stringContaining("STEPWELL_BASE_URL"),
    };
    expect(() => createHandler({ client, functions: [] }, express)).toThrow(expect.objectContaining(error));
    await expect(client.send({ name: "a" })).rejects.toMatchObject(error);
    expect(asked).toEqual([]);
  });

  test.each([
    "localhost:8288",
    "http://127.0.0.1:8288",
    "https://stepwell.example.com/behind/a/path",
    "http://[::1]:8288",
    "HTTP://host_1",
  ])("%s is one", async (baseUrl) => {
    const { client, asked } = setup({ baseUrl }, {}, () => Response.json({ ids: ["01X"] }));
    await client.send({ name: "a" });
    expect(asked).toHaveLength(1);
  });
});

test.each([
  ["no client", { functions: [] }, "serve needs a client"],
  ["no functions", { client: new Stepwell({ id: "a", isDev: true }) }, "serve needs a list of functions"],
  [
    "a function of another package",
    { client: new Stepwell({ id: "a", isDev: true }), functions: [{ id: () => "x" }] },
    "functions[0] was not made by",
  ],
])("%s is a mistake with a code", (_, options, sentence) => {
  expect(() => createHandler(options as never, express)).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(sentence) }),
  );
});
