// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are sources.

import { describe, expect, test } from "vitest";
import { maskSource } from "./mask-source.ts";

describe("maskSource", () => {
  test.each([
    ["a line comment", "a // b", "a     "],
    ["a block comment, whose lines stay lines", "a /* b\nc */ d", "a     \n     d"],
    ["a string, whose quotes stay", `f("b // c")`, `f("      ")`],
    ["an escaped quote", String.raw`f("b\"c", d)`, `f("    ", d)`],
    ["a template, whose code stays", "`a ${b} c`", "`  ${b}  `"],
    ["a template inside a template", "`a ${f(`b ${c}`)} d`", "`  ${f(`  ${c}`)}  `"],
    ["braces inside a template's code", "`${f({ a: 1 })} b`", "`${f({ a: 1 })}  `"],
    ["a regular expression with a quote in it", `x = /"[/]/g; y`, `x = /    /g; y`],
    ["a division", "a / b / c", "a / b / c"],
  ])("blanks %s", (_, source, masked) => {
    expect(maskSource(source)).toBe(masked);
  });

  test("keeps every character's place, whatever the text", () => {
    for (const source of ["`${", '"', "/*", "a = /[", "`", "'\\"]) expect(maskSource(source)).toHaveLength(source.length);
  });
});
