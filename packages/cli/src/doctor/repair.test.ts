import { expect, test } from "vitest";
import type { ApiClient } from "../api-client.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { makeRepair } from "./repair.ts";

const asked: (readonly [string, string])[] = [];
const client: ApiClient = {
  baseUrl: "http://s",
  get: async () => ({}),
  delete: async () => ({}),
  raw: async () => "",
  patch: async () => ({}),
  async post(path, body) {
    asked.push([path, body]);
    if (path.endsWith("/sync")) throw new CommandError(exitCodes.failed, "http_unreachable", "nothing listens there");
    return { data: { key: "abcd" } };
  },
};

test("a missing key is made by the server, and told", async () => {
  expect(await makeRepair({ kind: "make_key", keyKind: "event" }, client)).toEqual({
    state: "done",
    text: "make the event key that is missing",
    detail: "INNGEST_EVENT_KEY=abcd is shown this once",
  });
  expect(asked).toEqual([["/api/v1/keys", '{"kind":"event","name":"doctor"}']]);
});

test("what stands in the way of a repair is its result: the server's no, and the system's", async () => {
  expect(await makeRepair({ kind: "sync_app", url: "http://a" }, client)).toMatchObject({
    state: "failed",
    detail: "nothing listens there",
  });
  expect(await makeRepair({ kind: "make_writable", path: "/no/such/folder" }, client)).toMatchObject({
    state: "failed",
    detail: expect.stringContaining("ENOENT"),
  });
});
