import { limits } from "@stepwell/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageTemplate } from "./message-template.ts";

describe("the template of a message", () => {
  test.for([
    ["gateway did not answer in 250 ms", "gateway did not answer in ‹n› ms"],
    ["took 1.25s, limit -3", "took ‹n›s, limit ‹n›"],
    ["user 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is gone", "user ‹n› is gone"],
    ["run 01JD8ZK3Q4N5R6S7T8V9W0X1Y2 is gone", "run ‹n› is gone"],
    ["no such customer cus_8Fj3kLmN0p", "no such customer cus_‹n›"],
    ["order A-1010 of order12", "order A-‹n› of order‹n›"],
    ["commit deadbeefcafe and 0xFF", "commit ‹n› and ‹n›"],
    ['Unexpected token "<" in JSON at position 0', "Unexpected token ‹…› in JSON at position ‹n›"],
    ["column 'card_no' can't be null", "column ‹…› can't be null"],
    ["it isn't and wasn't there", "it isn't and wasn't there"],
    ["connect ECONNREFUSED 127.0.0.1:3000", "connect ECONNREFUSED ‹n›"],
    ["since 2026-11-20T13:05:13.345Z", "since ‹n›"],
    ["mail to ann.lee@example.com failed", "mail to ‹…› failed"],
    ["GET https://api.example.com/users/42?token=abc#x said no", "GET https://api.example.com/users/‹n›?‹…› said no"],
    ["missing ids 1, 2, 3", "missing ids ‹n›"],
    ["missing ids 7", "missing ids ‹n›"],
    ["two\n   lines", "two lines"],
    ["größe 12 überschritten", "größe ‹n› überschritten"],
    ["", ""],
  ] as const)("%s", ([message, template]) => {
    expect(messageTemplate(message)).toBe(template);
  });

  test("is the same whatever the values are", () => {
    const uuid = fc.uuid();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), uuid), { minLength: 2, maxLength: 5 }), (values) => {
        const templates = values.map(([number, id]) => messageTemplate(`payment ${id} of ${number} EUR failed after "${number}" tries`));
        expect(new Set(templates).size).toBe(1);
      }),
    );
  });

  test("is bounded, and its own template", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3_000 }), (message) => {
        const template = messageTemplate(message);
        expect(template.length).toBeLessThanOrEqual(limits.failureTemplateLengthMax);
        expect(template).not.toMatch(/\d{3}/);
      }),
    );
  });

  test.for(["'", '"', "a@", "1,", "https://a?", "‹n› ", "a1", "0x", "`“«"])("reads much of %j in little time", (part) => {
    const message = part.repeat(50_000);
    const before = performance.now();
    for (let round = 0; round < 20; round += 1) messageTemplate(message);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test("reads so much of a message and no more", () => {
    const most = limits.failureMessageReadMax;
    expect(messageTemplate(`${" ".repeat(most - 1)}xy`)).toBe("x");
    const long = "word ".repeat(limits.failureTemplateLengthMax);
    expect(messageTemplate(long)).toHaveLength(limits.failureTemplateLengthMax);
    expect(messageTemplate("w".repeat(limits.failureTemplateLengthMax))).not.toContain("…");
  });
});
