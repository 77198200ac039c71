// A vector for each rule that has bytes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bearerMatches,
  canonicalJson,
  decodeQueueItemToken,
  encodeQueueItemToken,
  encodeUlid,
  epochMs,
  eventMapJson,
  formatDuration,
  hashEventKey,
  hashSigningKey,
  hashStepId,
  isUlid,
  type JsonText,
  parseDate,
  parseDuration,
  parseEventIdSeed,
  parseRetryAfter,
  parseSleepTarget,
  parseTimeout,
  RUN_COMPLETE_ID,
  seededEventId,
  sha1Hex,
  signBody,
  triggerNamesFor,
  uuidFromName,
  verifySignature,
} from "./index.ts";

const key = "signkey-test-8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";
const now = epochMs(1_700_000_000_000);

describe("hashes and ids", () => {
  test.for([
    ["a", 0, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"],
    ["a", 1, "de89bfaf06245091a7873290a793604612302247"],
    ["a", 2, "20276a922b7f092ff864f0fedcec18a7ff3bfeab"],
    ["charge-card", 0, "b2ae8f272ea660900fca3aeefbd39695c43f5cc9"],
    ["complete", 0, "0737c22d3bfae812339732d14d8c7dbd6dc4e09c"],
  ] as const)("step id %s, use %i", ([id, index, hash]) => {
    expect(hashStepId(id, index)).toBe(hash);
  });

  test("the end of a run has the id of the word", () => {
    expect(RUN_COMPLETE_ID).toBe(sha1Hex("complete"));
  });

  test("SHA-1 agrees with the platform's on any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 200 }), async (text) => {
        const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
        expect(sha1Hex(text)).toBe(Buffer.from(digest).toString("hex"));
      }),
    );
  });

  test("a seed gives the same ids in the same order", () => {
    const seed = parseEventIdSeed("1743130137367,eii2YKXRVTJPuA==");
    if (seed === undefined) throw new Error("the seed is a good one");
    expect([0, 1, 2].map((index) => seededEventId(seed, index))).toEqual([
      "01JQDAE4RQF8MBCR55T5AK4KXR",
      "01JQDAE4RQF8MBCR55T5AK4KXS",
      "01JQDAE4RQF8MBCR55T5AK4KXT",
    ]);
  });

  test.for([
    "",
    "x",
    "0,eii2YKXRVTJPuA==",
    "-1,eii2YKXRVTJPuA==",
    "1,AAAA",
    "1,not base64!",
    "1,eii2YKXRVTJPuA==,2",
    "1.5,eii2YKXRVTJPuA==",
  ])("the seed %j is as if there were none", (header) => {
    expect(parseEventIdSeed(header)).toBeUndefined();
  });

  test("every ULID is one, in the order of its time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), (time, entropy) => {
        const id = encodeUlid(time, entropy);
        expect(isUlid(id)).toBe(true);
        expect(encodeUlid(time + 1, entropy) > id).toBe(true);
      }),
    );
  });

  test("a queue item's token comes back as it went, and nothing else is one", () => {
    const token = { itemId: "01JQDAE4RQF8MBCR55T5AK4KXR" as never, generation: 17 };
    expect(decodeQueueItemToken(encodeQueueItemToken(token))).toEqual(token);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeQueueItemToken(text)).toBeUndefined();
      }),
    );
    expect(decodeQueueItemToken("am9iMTo6ZGVmYXVsdA==")).toBeUndefined();
  });

  test("a name gives one UUID of version 5", () => {
    expect(uuidFromName("a")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidFromName("a")).toBe(uuidFromName("a"));
    expect(uuidFromName("a")).not.toBe(uuidFromName("b"));
  });
});

describe("signatures and keys", () => {
  test.for([
    ['{"ctx":{"attempt":0},"event":{"name":"a/b"}}', "8f8f284b688d750bebe896441eab4ed9fd22805f2fa07aa3ef1ca6917a91a199"],
    ["", "184c94497772c48c5a48f48d89e62f7a0ab3199f6ba6d29d23b3db67eed57ea3"],
  ] as const)("of %j", async ([body, mac]) => {
    expect(await signBody(key, body, 1_700_000_000)).toBe(`t=1700000000&s=${mac}`);
  });

  test("hold for either key, within five minutes, with a newline after the body, and for nothing else", async () => {
    const header = await signBody(key, "body", 1_700_000_000);
    const verify = (more: object) =>
      verifySignature({ header, body: "body", keys: [key], nowMs: 1_700_000_000_000, isCanonical: false, ...more });
    expect(await verify({})).toBe("valid");
    expect(await verify({ keys: ["signkey-test-aa", key] })).toBe("valid");
    expect(await verify({ body: "body\n" })).toBe("valid");
    expect(await verify({ nowMs: 1_700_000_300_000 })).toBe("valid");
    expect(await verify({ nowMs: 1_700_000_301_000 })).toBe("too_old");
    expect(await verify({ nowMs: 1_699_999_699_000 })).toBe("too_old");
    expect(await verify({ body: "Body" })).toBe("wrong");
    expect(await verify({ keys: ["signkey-test-aa"] })).toBe("wrong");
    expect(await verify({ header: undefined })).toBe("missing");
    expect(await verify({ header: "s=1&t=2" })).toBe("malformed");
  });

  test("the hashes that SDKs send", async () => {
    expect(await hashSigningKey(key)).toBe("signkey-test-e4bf4a2e7f55c7eb954b6e72f8f69628fbc409fe7da6d0f6958770987dcf0e02");
    expect(await hashEventKey("my-event-key")).toBe("756db3455bd70816c089ed7fcd514ab0e66cf5cdf62ccb7a3bca66d96ee3132c");
  });

  test("a bearer is the key or its hash, with the prefix or without", async () => {
    const hash = await hashSigningKey(key);
    for (const token of [key, key.replace("signkey-test-", ""), hash, hash.replace("signkey-test-", "")])
      expect(await bearerMatches(token, [key])).toBe(true);
    for (const token of ["", "signkey-test-", hash.slice(1), `${hash}0`]) expect(await bearerMatches(token, [key])).toBe(false);
  });
});

describe("canonical JSON", () => {
  test.for([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ "10": 1, "9": 2, a: { z: [3, { y: 1, x: 2 }] } }, '{"10":1,"9":2,"a":{"z":[3,{"x":2,"y":1}]}}'],
    [[1e21, 0.1, -0, 1e-7], "[1e+21,0.1,0,1e-7]"],
    ['é\u0001"/\\\n', '"é\\u0001\\"/\\\\\\n"'],
    [{ a: undefined, b: null }, '{"b":null}'],
  ] as const)("of %j", ([value, text]) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test("means the same as what it was made of, and is itself canonical", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("durations and instants", () => {
  test.for([
    ["1d12h30m", 131_400_000],
    ["90s", 90_000],
    ["1.5h", 5_400_000],
    ["500ms", 500],
    ["1w2d", 777_600_000],
    ["1500us", 1.5],
    ["0s", 0],
    ["", undefined],
    ["5", undefined],
    ["5 parsecs", undefined],
    ["-5s", undefined],
    ["1h ", undefined],
  ] as const)("%j is %s ms", ([text, ms]) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test("what is written is read as the same", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 11 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  test("no text makes a parser throw", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        for (const parse of [
          parseDuration,
          parseDate,
          (t: string) => parseSleepTarget(t, now),
          (t: string) => parseTimeout(t, now),
          (t: string) => parseRetryAfter(t, now),
        ])
          parse(text);
      }),
    );
  });

  test.for([
    ["10s", 10_000],
    ["", 0],
    ["2001-01-01T00:00:00Z", 0],
    ["2023-11-14T22:13:30Z", 10_000],
    ["2023-11-14T22:13:20.0005Z", 1],
  ] as const)("a sleep for %j is over after %i ms, never before", ([text, ms]) => {
    expect(parseSleepTarget(text, now)).toBe(now + ms);
  });

  test.for([
    ["30", 30_000],
    ["0", undefined],
    ["-5", undefined],
    ["soon", undefined],
    ["2023-11-14T22:13:50Z", 30_000],
    ["Tue, 14 Nov 2023 22:13:50 GMT", 30_000],
    ["2001-01-01T00:00:00Z", 1_000],
    ["9999999", 86_400_000],
  ] as const)("retry-after %j is %s ms from now, within its bounds", ([text, ms]) => {
    expect(parseRetryAfter(text, now)).toBe(ms === undefined ? undefined : now + ms);
  });
});

describe("events", () => {
  test("a name meets its own triggers and each prefix that ends in / or .", () => {
    expect(triggerNamesFor("a/b.c.d")).toEqual(["a/b.c.d", "a/*", "a/b.*", "a/b.c.*"]);
    expect(triggerNamesFor("plain")).toEqual(["plain"]);
  });

  test("the canonical map has its keys in order, and a user always", () => {
    const parts = { id: "1", name: "a", ts: 5, data: '{"x":1}' as JsonText };
    expect(eventMapJson(parts)).toBe('{"data":{"x":1},"id":"1","name":"a","ts":5,"user":{}}');
    expect(eventMapJson({ ...parts, v: "2", meta: '{"sessions":{}}' as JsonText, user: '{"u":1}' as JsonText })).toBe(
      '{"data":{"x":1},"id":"1","meta":{"sessions":{}},"name":"a","ts":5,"user":{"u":1},"v":"2"}',
    );
  });
});
