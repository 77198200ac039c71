// Keys over HTTP, with the store that ships; requests are made in memory.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, systemClock, systemRandom } from "@stepwell/engine";
import { epochMs, hashSigningKey } from "@stepwell/protocol";
import { openSqliteStore } from "@stepwell/store-sqlite";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../src/create-app.ts";
import { appSyncer } from "../src/discovery/sync-url.ts";
import { loadKeyRing } from "../src/keys/key-ring.ts";
import { loadSignIn } from "../src/sign-in/sign-in.ts";

/** A production server at its first start. */
async function setup() {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-keys-"));
  const store = await openSqliteStore({ file: join(folder, "k.db"), now: epochMs(Date.now()), synchronous: "off", reader: "inline" });
  const transport = { inProcess: false, call: () => new Promise<never>(() => undefined) };
  const engine = buildEngine({ store, transport, clock: systemClock(store.lastNow), random: systemRandom() });
  await engine.start();
  onTestFinished(async () => {
    await engine.stop({ graceMs: 0 });
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const keys = await loadKeyRing({ given: { signingKeys: [], eventKeys: [] }, store: store.settings, wallNow: Date.now });
  const [signing, event] = (await keys.makeMissing()).map(({ key }) => key);
  const signIn = await loadSignIn({ store: store.settings, wallNow: Date.now, sleep: async () => undefined });
  const password = await signIn.makeMissing();
  const settings = { mode: "start", version: "0", keys, signIn, allowHosts: [], storeKind: "sqlite", discovery: false } as const;
  const app = createApp({ engine, settings, syncer: appSyncer({ engine, settings, wallNow: Date.now }) });
  const ask = async (method: string, path: string, body?: string, key = signing) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await app.fetch(new Request(`http://s${path}`, { method, headers, ...(body === undefined ? {} : { body }) }));
    const answer = (await response.json().catch(() => undefined)) as { readonly data?: unknown; readonly code?: string } | undefined;
    return { status: response.status, headers: response.headers, code: answer?.code, data: answer?.data as Record<string, string> };
  };
  const send = async (key: string | undefined) => (await ask("POST", `/e/${key}`, '{"name":"a/b"}')).status;
  const raw = (method: string, path: string, init: Omit<RequestInit, "method"> = {}) =>
    app.fetch(new Request(`http://s${path}`, { method, ...init }));
  return { signing: signing ?? "", event, password, ask, send, raw };
}

test("a key is told once, works at once, and is refused as soon as it is revoked", async () => {
  const { ask, send } = await setup();
  const made = await ask("POST", "/api/v1/keys", '{"kind":"event","name":"checkout"}');
  expect(made).toMatchObject({ status: 201, data: { kind: "event", name: "checkout", state: "active", revokedAt: null } });
  expect(made.headers.get("cache-control")).toBe("no-store");
  const { id, key } = made.data;
  expect(await send(key)).toBe(200);
  const list = await ask("GET", "/api/v1/keys");
  expect(list.data).toEqual(expect.arrayContaining([expect.objectContaining({ id, endsIn: key?.slice(-4) })]));
  expect(JSON.stringify(list.data)).not.toContain(key);
  expect(await ask("DELETE", `/api/v1/keys/${id}`)).toMatchObject({ status: 200, data: { id, state: "revoked" } });
  expect(await send(key)).toBe(401);
  expect((await ask("DELETE", `/api/v1/keys/${id}`)).status).toBe(200);
});

test("a second signing key opens the API, as it is and hashed; the first one, revoked, no longer does", async () => {
  const { ask, signing } = await setup();
  const { key = "", id } = (await ask("POST", "/api/v1/keys", '{"kind":"signing"}')).data;
  for (const form of [signing, key, await hashSigningKey(key)])
    expect((await ask("GET", "/api/v1/runs", undefined, form)).status).toBe(200);
  const [first] = (await ask("GET", "/api/v1/keys")).data as unknown as readonly { readonly id: string }[];
  expect(first?.id).not.toBe(id);
  expect((await ask("DELETE", `/api/v1/keys/${first?.id}`)).status).toBe(200);
  for (const form of [signing, await hashSigningKey(signing)]) expect((await ask("GET", "/api/v1/runs", undefined, form)).status).toBe(401);
  expect((await ask("DELETE", `/api/v1/keys/${id}`, undefined, key)).code).toBe("key_is_last");
});

test("a key is replaced by its successor at the end of the overlap, which may be none", async () => {
  const { ask, send, event } = await setup();
  const keys = async () => (await ask("GET", "/api/v1/keys")).data as unknown as readonly Record<string, string>[];
  const idOf = async (kind: string) => (await keys()).find((key) => key["kind"] === kind)?.["id"] ?? "";
  const made = await ask("POST", `/api/v1/keys/${await idOf("event")}/rotate`, '{"overlap":"1h"}');
  expect(made).toMatchObject({ status: 201, data: { kind: "event", replaced: { state: "active", endsAt: expect.any(String) } } });
  expect(made.headers.get("cache-control")).toBe("no-store");
  expect([await send(event), await send(made.data["key"])]).toEqual([200, 200]);
  const signing = await ask("POST", `/api/v1/keys/${await idOf("signing")}/rotate`, '{"overlap":"0s"}');
  expect(signing.data).toMatchObject({ state: "signs", replaced: { state: "revoked" } });
  expect((await ask("GET", "/api/v1/keys")).status).toBe(401);
  for (const overlap of ["soon", "91d"]) {
    const refused = await ask("POST", "/api/v1/keys/a/rotate", JSON.stringify({ overlap }), signing.data["key"]);
    expect(refused).toMatchObject({ status: 400, code: "invalid_request" });
  }
});

test("without the signing key nothing is listed, made or revoked; an event key is not enough", async () => {
  const { ask, event } = await setup();
  for (const [method, path] of [
    ["GET", "/api/v1/keys"],
    ["POST", "/api/v1/keys"],
    ["DELETE", "/api/v1/keys/a"],
  ] as const)
    for (const key of ["", "x", event]) expect((await ask(method, path, undefined, key)).status, `${method} with "${key}"`).toBe(401);
});

test("generated requests never fail the server, and what they make is a key", async () => {
  const { ask } = await setup();
  const fields = fc.record(
    { kind: fc.oneof(fc.constantFrom("event", "signing"), fc.jsonValue()), name: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fields.map((value) => JSON.stringify(value)),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.string(), async (text, id) => {
      const made = await ask("POST", "/api/v1/keys", text);
      expect([201, 400, 409]).toContain(made.status);
      if (made.status === 201) expect((await ask("DELETE", `/api/v1/keys/${made.data["id"]}`)).status).toBe(200);
      const path = encodeURIComponent(id);
      if (path !== "" && path !== "." && path !== "..")
        expect([404, 409]).toContain((await ask("DELETE", `/api/v1/keys/${path}zz`)).status);
    }),
    { numRuns: 100 },
  );
});

test("who signs in may read, and with the header of a page change; a new password ends that", async () => {
  const { raw, ask, password } = await setup();
  const signIn = (text: string | undefined, headers: Record<string, string> = {}) =>
    raw("POST", "/api/v1/sign-in", { body: JSON.stringify({ password: text }), headers });
  const wrong = await signIn("guess");
  expect([wrong.status, wrong.headers.get("set-cookie"), ((await wrong.json()) as { code: string }).code]).toEqual([
    401,
    null,
    "password_wrong",
  ]);
  const right = await signIn(password);
  const set = right.headers.get("set-cookie") ?? "";
  expect([right.status, set]).toEqual([
    200,
    expect.stringMatching(/^stepwell_session=\d+\.[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/),
  ]);
  expect((await signIn(password, { "x-forwarded-proto": "https" })).headers.get("set-cookie")).toMatch(/; Secure$/);
  const cookie = `other=1; ${set.split(";")[0]}`;
  const made = { body: '{"kind":"event"}', headers: { cookie } };
  expect((await raw("GET", "/api/v1/keys", { headers: { cookie } })).status).toBe(200);
  expect((await raw("POST", "/api/v1/keys", made)).status).toBe(401);
  expect((await raw("POST", "/api/v1/keys", { ...made, headers: { cookie, "x-stepwell-csrf": "1" } })).status).toBe(201);
  // What SDKs call is for keys.
  expect((await raw("GET", "/v1/events", { headers: { cookie } })).status).toBe(401);
  expect((await raw("GET", "/api/v1/keys", { headers: { cookie: "stepwell_session=1.x" } })).status).toBe(401);
  expect((await raw("POST", "/api/v1/sign-out")).headers.get("set-cookie")).toMatch(/^stepwell_session=; Path=\/; Max-Age=0;/);
  const next = (await ask("POST", "/api/v1/password")).data["password"];
  expect((await raw("GET", "/api/v1/keys", { headers: { cookie } })).status).toBe(401);
  expect([(await signIn(password)).status, (await signIn(next)).status]).toEqual([401, 200]);
});
