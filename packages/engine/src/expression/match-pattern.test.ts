import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, matchesPattern } from "./match-pattern.ts";
import { Work } from "./work.ts";

function matches(pattern: string, text: string): boolean {
  return matchesPattern(compilePattern(pattern), text, new Work());
}

describe("matchesPattern", () => {
  it.each([
    ["", "anything"],
    ["b", "abc"],
    ["^abc$", "abc"],
    ["a|b|", "x"],
    ["^(a|b)+$", "abba"],
    ["^a{2,3}$", "aaa"],
    ["^a{2}b{0}$", "aa"],
    ["^a{2,}$", "aaaaa"],
    ["a{,2}", "a{,2}"],
    ["^.$", "😀"],
    ["^[^a-c]$", "d"],
    ["^[]x]+$", "]x"],
    ["^[a\\]\\-]+$", "a]-"],
    ["^[-a]+$", "-a"],
    ["^[a-]+$", "a-"],
    ["^[[:alpha:][:digit:]]+$", "a1"],
    ["^\\d\\w\\s\\D\\W\\S$", "1a a a"],
    ["^[\\D]$", "x"],
    ["^\\p{L}\\pL\\p{Greek}\\PL$", "aäα1"],
    ["^[[:^alpha:]x]+$", "1x-"],
    ["^[\\D5]+[^\\W_]$", "x5a"],
    ["^[^[:punct:]\\s]$", "a"],
    ["^[[:punct:]]{4}$", "!/[~"],
    ["^\\p{^Greek}[\\P{^L}]$", "aa"],
    ["^\\101\\0$", "A\u0000"],
    ["^[+--]+$", "+,-"],
    ["^[&&--||(){}/.*]+$", "&-|(){}/.*"],
    ["\\bfoo\\b", "a foo b"],
    ["o\\Bo", "foo"],
    ["(?i)^straße|ABC$", "xabc"],
    ["(?i:a)b", "Ab"],
    ["(?i)a(?-i)b", "Ab"],
    ["(?m)^b$", "a\nb\nc"],
    ["(?s)a.b", "a\nb"],
    ["^(?P<year>\\d{4})-(?<month>\\d\\d)$", "2026-03"],
    ["^\\x41\\x{42}\\n$", "AB\n"],
    ["^\\Qa.b\\E+$", "a.b"],
    ["a+?b*?c??", "a"],
    ["^(a*)*$", "aaa"],
    ["\\Aab\\z", "ab"],
    ["^(?:(?:){1000}){1000}$", ""],
  ])("%s matches %j", (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it.each([
    ["^b", "ab"],
    ["a$", "ab"],
    ["^a{2}$", "aaa"],
    ["^a{2,3}$", "aaaa"],
    ["^.$", "\n"],
    ["^[^a]$", "a"],
    ["^[[:upper:]]$", "a"],
    ["^\\s$", "\u00a0"],
    ["^\\w$", "ä"],
    ["^[^[:punct:]]$", "^"],
    ["^\\p{^Greek}$", "α"],
    ["^\\W$", "_"],
    ["^\\S$", "\t"],
    ["\\bfoo\\b", "afoo"],
    ["(?i:a)b", "AB"],
    ["(?i)a(?-i)b", "AB"],
    ["^b$", "a\nb"],
    ["^\\Qa.b\\E$", "axb"],
    ["^(a|b)$", "c"],
  ])("%s does not match %j", (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it.each([
    "(",
    ")",
    "a)",
    "[",
    "[]",
    "[b-a]",
    "[a-\\d]",
    "[[:nope:]]",
    "*",
    "+a",
    "a**",
    "a{2}{3}",
    "a{3,2}",
    "a{1001}",
    "a{1,2000}",
    "\\",
    "\\q",
    "\\1",
    "\\x",
    "\\x{110000}",
    "(?=a)",
    "(?<=a)b",
    "(?<!a)",
    "\\p{Nope}",
    "\\p{L",
    "((a{1000}){1000}){1000}",
    "(".repeat(200),
  ])("refuses the pattern %s", (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/the pattern has/);
  });

  it("agrees with JavaScript on the patterns both know", () => {
    const piece = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "^", "$", "\\b", "\\B", "(a|b)", "(?:ab|)", "c");
    const counted = fc.tuple(piece, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "*?"));
    const pattern = fc.array(
      counted.map(([each, count]) => (/^(?:\^|\$|\\.)$/.test(each) ? each : `${each}${count}`)),
      { maxLength: 6 },
    );
    const choice = fc.array(pattern, { minLength: 1, maxLength: 2 }).map((each) => each.map((parts) => parts.join("")).join("|"));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 8 });
    fc.assert(
      fc.property(choice, text, (source, subject) => matches(source, subject) === new RegExp(source, "u").test(subject)),
      { numRuns: 3_000 },
    );
  });

  it("takes a step for each character of what would keep a backtracking matcher busy for ever", () => {
    const text = `${"a".repeat(20_000)}!`;
    for (const pattern of ["^(a+)+$", "^(a|a)*$", "^(a*)*b$"]) expect(matches(pattern, text)).toBe(false);
  });

  it("stops when the work of an evaluation is used up", () => {
    expect(() => matches("(?:a?){500}b", "a".repeat(100_000))).toThrow(/workUnitsMax/);
  });
});
