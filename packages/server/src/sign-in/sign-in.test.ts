import { limits } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { isPassword } from "./password-hash.ts";
import { loadSignIn, type SignIn } from "./sign-in.ts";

interface World {
  readonly texts: Map<string, string>;
  now: number;
  /** What was slept, in ms. */
  readonly slept: number[];
  load(): Promise<SignIn>;
}

function world(): World {
  const texts = new Map<string, string>();
  const made: World = {
    texts,
    now: Date.UTC(2026, 0, 1),
    slept: [],
    load: () =>
      loadSignIn({
        store: { get: async (name) => texts.get(name), set: async (name, value) => void texts.set(name, value) },
        wallNow: () => made.now,
        async sleep(ms) {
          made.slept.push(ms);
          made.now += ms;
        },
      }),
  };
  return made;
}

async function session(signIn: SignIn, password: string): Promise<string> {
  const result = await signIn.signIn(password);
  if (result.kind !== "signed_in") throw new Error(result.kind);
  return result.session;
}

test("a password is made once, kept as a hash alone, and taken after a restart", async () => {
  const { texts, load } = world();
  const first = await load();
  const password = (await first.makeMissing()) ?? "";
  expect(password).toMatch(/^[\w-]{20}$/);
  expect(await first.makeMissing()).toBeUndefined();
  const kept = texts.get("password") ?? "";
  expect(kept).toMatch(/^scrypt\$16384\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  expect(kept).not.toContain(password);
  expect([await isPassword(password, kept), await isPassword(`${password} `, kept)]).toEqual([true, false]);
  const again = await load();
  expect(await again.makeMissing()).toBeUndefined();
  expect(again.isSession(await session(again, password))).toBe(true);
});

test("a session ends at its time, when it is changed, and with its password; a restart does not end it", async () => {
  const made = world();
  const signIn = await made.load();
  const text = await session(signIn, (await signIn.makeMissing()) ?? "");
  expect((await made.load()).isSession(text)).toBe(true);
  made.now += limits.sessionMs - 1;
  expect(signIn.isSession(text)).toBe(true);
  const [endsAt = "", seal = ""] = text.split(".");
  for (const forged of [`${Number(endsAt) + 1}.${seal}`, `${endsAt}.`, endsAt, "", `${endsAt}.${seal}x`, `9e15.${seal}`])
    expect(signIn.isSession(forged), forged).toBe(false);
  made.now += 1;
  expect(signIn.isSession(text)).toBe(false);
  made.now -= 1;
  await signIn.replace();
  expect(signIn.isSession(text)).toBe(false);
});

test("after some wrong tries within a minute each further one waits, the right one too, and is then taken", async () => {
  const made = world();
  const signIn = await made.load();
  const password = (await signIn.makeMissing()) ?? "";
  for (let n = 0; n < limits.signInsWrongPerMinuteMax; n += 1) expect(await signIn.signIn("guess")).toEqual({ kind: "wrong" });
  expect(made.slept).toEqual([]);
  expect((await signIn.signIn(password)).kind).toBe("signed_in");
  expect(made.slept).toEqual([limits.signInDelayMs]);
  made.now += 60_000;
  expect((await signIn.signIn(password)).kind).toBe("signed_in");
  expect(made.slept).toHaveLength(1);
});

test("only so many tries wait; what is beyond is not looked at", async () => {
  const made = world();
  const signIn = await made.load();
  const password = (await signIn.makeMissing()) ?? "";
  const tries = Array.from({ length: limits.signInsPendingMax + 1 }, () => signIn.signIn(password));
  expect((await Promise.all(tries)).map(({ kind }) => kind)).toEqual([
    ...Array.from({ length: limits.signInsPendingMax }, () => "signed_in"),
    "too_many",
  ]);
  expect((await signIn.signIn(password)).kind).toBe("signed_in");
});

test("what is no hash is said, not passed over: a password that seems missing would be made anew", async () => {
  const { texts, load } = world();
  texts.set("password", "secret");
  await expect(load()).rejects.toThrow(/damaged/);
});
