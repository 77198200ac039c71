import { bearerHash, limits } from "@stepwell/protocol";
import type { SettingsStore } from "@stepwell/store";
import { expect, test } from "vitest";
import { keysSetting } from "./key-record.ts";
import { type GivenKeys, type KeyRing, loadKeyRing } from "./key-ring.ts";
import { makeKey } from "./make-key.ts";

interface Kept extends SettingsStore {
  readonly texts: Map<string, string>;
  isBroken: boolean;
}

function settingsStore(): Kept {
  const texts = new Map<string, string>();
  return {
    texts,
    isBroken: false,
    get: async (name) => texts.get(name),
    async set(name, value) {
      if (this.isBroken) throw new Error("the disk is full");
      texts.set(name, value);
    },
  };
}

const none: GivenKeys = { signingKeys: [], eventKeys: [] };

async function ringOf(given: GivenKeys = none, store: SettingsStore | undefined = settingsStore()): Promise<KeyRing> {
  let now = Date.UTC(2026, 0, 1);
  return loadKeyRing({ given, store, wallNow: () => (now += 1_000) });
}

async function created(ring: KeyRing, kind: "signing" | "event", name?: string) {
  const result = await ring.create({ kind, name });
  if (result.kind !== "created") throw new Error(result.message);
  return result;
}

test("a first start makes what is missing, once; the next start finds it", async () => {
  const store = settingsStore();
  const first = await ringOf(none, store);
  const made = await first.makeMissing();
  expect(made.map(({ kind }) => kind)).toEqual(["signing", "event"]);
  expect(made[0]?.key).toMatch(/^signkey-prod-[0-9a-f]{64}$/);
  expect(await first.makeMissing()).toEqual([]);
  const second = await ringOf(none, store);
  expect(await second.makeMissing()).toEqual([]);
  expect(second.signingKeys).toEqual([made[0]?.key]);
  expect(second.isEventKey(made[1]?.key ?? "")).toBe(true);
});

test("what is given is not made", async () => {
  const ring = await ringOf({ signingKeys: ["00ff"], eventKeys: [] });
  expect((await ring.makeMissing()).map(({ kind }) => kind)).toEqual(["event"]);
  expect(ring.signingKeys).toEqual(["00ff"]);
});

test("an event key is not in the store, and a list holds no key at all", async () => {
  const store = settingsStore();
  const ring = await ringOf({ signingKeys: ["signkey-prod-00112233445566778899"], eventKeys: ["0123456789abcdef"] }, store);
  const event = await created(ring, "event", "checkout");
  const signing = await created(ring, "signing");
  expect(store.texts.get(keysSetting)).not.toContain(event.key);
  const shown = JSON.stringify(ring.list());
  for (const key of [event.key, signing.key, signing.key.slice("signkey-prod-".length), "0123456789abcdef", "00112233445566778899"])
    expect(shown).not.toContain(key);
  expect(ring.list().map(({ kind, endsIn, source, state, name }) => ({ kind, endsIn, source, state, name }))).toEqual([
    { kind: "signing", endsIn: "8899", source: "settings", state: "signs", name: undefined },
    { kind: "event", endsIn: "cdef", source: "settings", state: "active", name: undefined },
    { kind: "event", endsIn: event.key.slice(-4), source: "store", state: "active", name: "checkout" },
    { kind: "signing", endsIn: signing.key.slice(-4), source: "store", state: "active", name: undefined },
  ]);
});

test("of a short key nothing is shown", async () => {
  expect((await ringOf({ signingKeys: [], eventKeys: ["abc"] })).list()).toMatchObject([{ endsIn: "" }]);
});

test("several event keys pass until one is revoked; a revoked one stays refused after a start, and by the settings too", async () => {
  const store = settingsStore();
  const ring = await ringOf(none, store);
  const [one, two] = [await created(ring, "event"), await created(ring, "event")];
  expect([one, two].map(({ key }) => ring.isEventKey(key))).toEqual([true, true]);
  expect(ring.isEventKey("another")).toBe(false);
  const revoked = await ring.revoke(one.summary.id);
  expect(revoked).toMatchObject({ kind: "revoked", summary: { state: "revoked", endsIn: one.summary.endsIn } });
  expect([one, two].map(({ key }) => ring.isEventKey(key))).toEqual([false, true]);
  expect(await ring.revoke(one.summary.id)).toEqual(revoked);
  expect((await ringOf(none, store)).isEventKey(one.key)).toBe(false);
  await expect(ringOf({ signingKeys: [], eventKeys: [one.key] }, store)).rejects.toMatchObject({ code: "key_revoked" });
});

test("the oldest signing key signs until it is revoked; then the next one does", async () => {
  const ring = await ringOf();
  const [one, two] = [await created(ring, "signing"), await created(ring, "signing")];
  expect([one.summary.state, two.summary.state]).toEqual(["signs", "active"]);
  expect(ring.signingKeys).toEqual([one.key, two.key]);
  await ring.revoke(one.summary.id);
  expect(ring.signingKeys).toEqual([two.key]);
  expect(ring.list().map(({ state }) => state)).toEqual(["revoked", "signs"]);
});

/** A ring whose clock the test moves. */
async function ringAt(store: SettingsStore, now: () => number): Promise<KeyRing> {
  return loadKeyRing({ given: none, store, wallNow: now });
}

test("a key that is rotated signs and is taken until its overlap is over, and its successor is taken at once", async () => {
  const store = settingsStore();
  let now = 1_000;
  const ring = await ringAt(store, () => now);
  const one = await created(ring, "signing");
  const rotated = await ring.rotate({ idStart: one.summary.id, overlapMs: 60_000 });
  if (rotated.kind !== "rotated") throw new Error(rotated.message);
  expect(rotated.replaced).toMatchObject({ id: one.summary.id, state: "signs", endsAt: 61_000 });
  expect(ring.signingKeys).toEqual([one.key, rotated.key]);
  expect(await ring.rotate({ idStart: one.summary.id, overlapMs: 1 })).toMatchObject({ code: "key_replaced" });
  // The successor is the only key without an end: without it nobody could get in once the other has ended.
  expect(await ring.revoke(rotated.summary.id)).toMatchObject({ code: "key_is_last" });
  now = 60_999;
  expect(ring.signingKeys).toEqual([one.key, rotated.key]);
  now = 61_000;
  expect(ring.signingKeys).toEqual([rotated.key]);
  expect(ring.list()).toMatchObject([
    { id: one.summary.id, state: "revoked", revokedAt: 61_000, endsAt: undefined },
    { id: rotated.summary.id, state: "signs" },
  ]);
  expect((await ringAt(store, () => now)).signingKeys).toEqual([rotated.key]);
  await expect(loadKeyRing({ given: { signingKeys: [one.key], eventKeys: [] }, store, wallNow: () => now })).rejects.toMatchObject({
    code: "key_revoked",
  });
});

test("an overlap outlives a restart, ends early when the old key is revoked, and may be none", async () => {
  const store = settingsStore();
  let now = 1_000;
  const ring = await ringAt(store, () => now);
  const one = await created(ring, "event", "checkout");
  const rotated = await ring.rotate({ idStart: one.summary.id, overlapMs: 60_000 });
  if (rotated.kind !== "rotated") throw new Error(rotated.message);
  expect(rotated.summary.name).toBe("checkout");
  const again = await ringAt(store, () => now);
  expect([one.key, rotated.key].map((key) => again.isEventKey(key))).toEqual([true, true]);
  expect(await again.revoke(one.summary.id)).toMatchObject({ kind: "revoked" });
  expect([one.key, rotated.key].map((key) => again.isEventKey(key))).toEqual([false, true]);
  now = 2_000;
  const third = await again.rotate({ idStart: rotated.summary.id, overlapMs: 0 });
  if (third.kind !== "rotated") throw new Error(third.message);
  expect(third.replaced.state).toBe("revoked");
  expect([rotated.key, third.key].map((key) => again.isEventKey(key))).toEqual([false, true]);
  expect(store.texts.get(keysSetting)).not.toContain(third.key);
});

test("a rotation that cannot be kept has no effect, and keys of the settings are not rotated", async () => {
  const store = settingsStore();
  const ring = await loadKeyRing({ given: { signingKeys: ["00ff"], eventKeys: [] }, store, wallNow: () => 1_000 });
  const one = await created(ring, "event");
  store.isBroken = true;
  await expect(ring.rotate({ idStart: one.summary.id, overlapMs: 0 })).rejects.toThrow("the disk is full");
  expect(ring.list().map(({ state }) => state)).toEqual(["signs", "active"]);
  const [signing] = ring.list();
  expect(await ring.rotate({ idStart: signing?.id ?? "", overlapMs: 0 })).toMatchObject({ code: "key_from_settings" });
  expect(await ring.rotate({ idStart: "zz", overlapMs: 0 })).toMatchObject({ code: "key_not_found" });
});

test("an app's key is known by the beginning of its hash, and not by less", async () => {
  const ring = await ringOf();
  const { key, summary } = await created(ring, "signing");
  const hash = await bearerHash(key);
  expect(await ring.signingKeyIdOf(hash.slice(0, 12))).toBe(summary.id);
  expect(await ring.signingKeyIdOf(hash)).toBe(summary.id);
  expect(await ring.signingKeyIdOf(hash.slice(0, 11))).toBeUndefined();
  expect(await ring.signingKeyIdOf("0".repeat(12))).toBeUndefined();
});

test("the last key of a kind, a key of the settings, and what is no key are not revoked", async () => {
  const ring = await ringOf({ signingKeys: ["00ff", "signkey-prod-00FF"], eventKeys: [] });
  const event = await created(ring, "event");
  const [signing] = ring.list();
  expect(ring.list()).toHaveLength(2); // The same signing key twice is one.
  expect(await ring.revoke(event.summary.id)).toMatchObject({ code: "key_is_last" });
  expect(await ring.revoke(signing?.id ?? "")).toMatchObject({ code: "key_from_settings" });
  for (const id of ["", "zz"]) expect(await ring.revoke(id)).toMatchObject({ code: "key_not_found" });
  expect(ring.isEventKey(event.key)).toBe(true);
});

test("a beginning of an id will do while it is of one key", async () => {
  const ring = await ringOf();
  const all = [];
  while (all.length < 17) all.push(await created(ring, "event"));
  // Of seventeen ids two begin with the same one of sixteen digits.
  const starts = all.map(({ summary }) => summary.id.slice(0, 1));
  const shared = starts.find((start, index) => starts.indexOf(start) !== index) ?? "";
  expect(await ring.revoke(shared)).toMatchObject({ code: "key_not_found", message: expect.stringContaining("several keys") });
  expect(await ring.revoke(all[0]?.summary.id.slice(0, 9) ?? "")).toMatchObject({ kind: "revoked" });
});

test("a change that cannot be kept has no effect", async () => {
  const store = settingsStore();
  const ring = await ringOf(none, store);
  const [one] = [await created(ring, "event"), await created(ring, "event")];
  store.isBroken = true;
  await expect(ring.create({ kind: "event", name: undefined })).rejects.toThrow("the disk is full");
  await expect(ring.revoke(one.summary.id)).rejects.toThrow("the disk is full");
  expect(ring.list().map(({ state }) => state)).toEqual(["active", "active"]);
  store.isBroken = false;
  expect(await ring.revoke(one.summary.id)).toMatchObject({ kind: "revoked" });
});

test("changes at the same time follow each other: of two last keys one is left", async () => {
  const store = settingsStore();
  const ring = await ringOf(none, store);
  const [one, two] = await Promise.all([created(ring, "event"), created(ring, "event")]);
  const results = await Promise.all([one, two].map(({ summary }) => ring.revoke(summary.id)));
  expect(results.map(({ kind }) => kind)).toEqual(["revoked", "refused"]);
  expect((await ringOf(none, store)).isEventKey(two.key)).toBe(true);
});

test("keys are kept up to a limit; revoked ones make room", async () => {
  const ring = await ringOf();
  const keys = [];
  while (keys.length < limits.keysMax) keys.push(await created(ring, "event"));
  expect(await ring.create({ kind: "event", name: undefined })).toMatchObject({ kind: "refused", code: "keys_too_many" });
  await ring.revoke(keys[0]?.summary.id ?? "");
  await created(ring, "event");
  expect(ring.list()).toHaveLength(limits.keysMax);
  expect(ring.list().filter(({ state }) => state === "revoked")).toEqual([]);
});

test("a server that asks for no keys makes and revokes none", async () => {
  const ring = await loadKeyRing({ given: none, wallNow: Date.now });
  expect(await ring.create({ kind: "event", name: undefined })).toMatchObject({ code: "keys_not_in_use" });
  expect(await ring.revoke("a")).toMatchObject({ code: "keys_not_in_use" });
});

test("damaged settings are said, not passed over: a key that seems missing would be made anew", async () => {
  const store = settingsStore();
  for (const text of ["{", '{"id":1}', '[{"id":"x"}]']) {
    store.texts.set(keysSetting, text);
    await expect(ringOf(none, store)).rejects.toThrow(/damaged/);
  }
});

test("keys are never the same", () => {
  expect(new Set(Array.from({ length: 100 }, () => makeKey("event"))).size).toBe(100);
});
