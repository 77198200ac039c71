// Reads a pattern in the syntax of RE2, which is CEL's: no look-around and no back-references, so that every pattern can
// be matched in time proportional to the text.

import { EvaluationError } from "./values.ts";

export type Assertion = "line-start" | "line-end" | "text-start" | "text-end" | "boundary" | "no-boundary";

export type PatternNode =
  | { readonly kind: "character"; readonly accepts: (character: string) => boolean }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly options: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly part: PatternNode; readonly min: number; readonly max: number };

/** RE2's bound on a counted repetition. */
const repetitionsMax = 1_000;
const groupDepthMax = 100;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const escapedControls: Readonly<Record<string, string>> = { a: "\u0007", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const escapedAssertions: Readonly<Record<string, Assertion>> = { A: "text-start", z: "text-end", b: "boundary", B: "no-boundary" };

/** The members of the classes with names, written so that they can stand between brackets. */
const namedClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t\\x20",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "\\x21-\\x7E",
  lower: "a-z",
  print: "\\x20-\\x7E",
  punct: "\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E",
  space: "\\t\\n\\v\\f\\r\\x20",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** The classes of one letter hold ASCII only, as in RE2; JavaScript's `\s` would take in more. */
const letterClasses: Readonly<Record<string, string>> = {
  d: "[0-9]",
  w: "[0-9A-Za-z_]",
  s: "[\\t\\n\\f\\r\\x20]",
  D: "[^0-9]",
  W: "[^0-9A-Za-z_]",
  S: "[^\\t\\n\\f\\r\\x20]",
};

/** @throws EvaluationError saying what is wrong with the pattern. */
export function parsePattern(source: string): PatternNode {
  return new PatternReader(source).read();
}

class PatternReader {
  readonly #characters: readonly string[];
  #position = 0;
  #depth = 0;

  constructor(source: string) {
    this.#characters = [...source];
  }

  read(): PatternNode {
    const node = this.#choice({ ignoreCase: false, multiline: false, dotAll: false });
    if (this.#position < this.#characters.length) throw this.#error('")" without "("');
    return node;
  }

  #choice(flagsBefore: Flags): PatternNode {
    let flags = flagsBefore;
    const options: PatternNode[] = [];
    let parts: PatternNode[] = [];
    while (this.#position < this.#characters.length && !this.#isNext(")")) {
      if (this.#take("|")) {
        options.push({ kind: "sequence", parts });
        parts = [];
        continue;
      }
      const changed = this.#flagsAlone(flags);
      if (changed !== undefined) flags = changed;
      else parts.push(this.#repeated(flags));
    }
    const last: PatternNode = { kind: "sequence", parts };
    return options.length === 0 ? last : { kind: "choice", options: [...options, last] };
  }

  #repeated(flags: Flags): PatternNode {
    const part = this.#atom(flags);
    const count = this.#count();
    if (count === undefined) return part;
    this.#take("?"); // Whether a repetition is greedy decides what is captured, and nothing is.
    if (this.#count() !== undefined) throw this.#error("a repetition of a repetition");
    return { kind: "repeat", part, ...count };
  }

  #count(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take("?")) return { min: 0, max: 1 };
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#characters.slice(this.#position, this.#position + 16).join(""));
    if (match === null) return undefined; // A brace that counts nothing stands for itself.
    this.#position += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (max < min || min > repetitionsMax || (max > repetitionsMax && max !== Number.POSITIVE_INFINITY))
      throw this.#error(`a repetition of more than ${repetitionsMax} or with its bounds exchanged`);
    return { min, max };
  }

  #atom(flags: Flags): PatternNode {
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group(flags);
      case "[":
        return this.#bracket(flags);
      case "\\":
        return this.#escape(flags);
      case ".":
        return { kind: "character", accepts: flags.dotAll ? () => true : (each) => each !== "\n" };
      case "^":
        return { kind: "assertion", assertion: flags.multiline ? "line-start" : "text-start" };
      case "$":
        return { kind: "assertion", assertion: flags.multiline ? "line-end" : "text-end" };
      case "*":
      case "+":
      case "?":
        throw this.#error(`nothing for "${character}" to repeat`);
      default:
        return literal(character, flags);
    }
  }

  /** `(?i)` changes the flags of what follows in its group and matches nothing itself. */
  #flagsAlone(flags: Flags): Flags | undefined {
    const match = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(this.#characters.slice(this.#position, this.#position + 16).join(""));
    if (match === null) return undefined;
    this.#position += match[0].length;
    return changedFlags(flags, match[1] ?? "", match[2] ?? "");
  }

  #group(flagsOutside: Flags): PatternNode {
    this.#depth += 1;
    if (this.#depth > groupDepthMax) throw this.#error(`groups more than ${groupDepthMax} deep`);
    let flags = flagsOutside;
    if (this.#take("?")) {
      const rest = this.#characters.slice(this.#position, this.#position + 64).join("");
      const match = /^(?:P?<[A-Za-z_]\w*>|([imsU]*)(?:-([imsU]+))?:)/.exec(rest);
      if (match === null) throw this.#error("a kind of group that RE2 does not have");
      this.#position += match[0].length;
      flags = changedFlags(flags, match[1] ?? "", match[2] ?? "");
    }
    const node = this.#choice(flags);
    if (!this.#take(")")) throw this.#error('"(" without ")"');
    this.#depth -= 1;
    return node;
  }

  #escape(flags: Flags): PatternNode {
    if (this.#take("Q")) return this.#quoted(flags);
    const letter = this.#next();
    const assertion = escapedAssertions[letter];
    if (assertion !== undefined) return { kind: "assertion", assertion };
    const members = this.#classEscape(letter);
    if (members !== undefined) return this.#oneOf(`[${members}]`, flags);
    return literal(this.#escapedCharacter(letter), flags);
  }

  #quoted(flags: Flags): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#position < this.#characters.length && !(this.#isNext("\\") && this.#characters[this.#position + 1] === "E"))
      parts.push(literal(this.#next(), flags));
    this.#position += 2;
    return { kind: "sequence", parts };
  }

  /** `[…]`, rewritten member by member as a class that JavaScript reads the same way. */
  #bracket(flags: Flags): PatternNode {
    let members = this.#take("^") ? "^" : "";
    let isFirst = true;
    while (isFirst || !this.#isNext("]")) {
      members += this.#member();
      isFirst = false;
    }
    this.#position += 1;
    return this.#oneOf(`[${members}]`, flags);
  }

  #member(): string {
    const named = /^\[:(\^?)([a-z]+):\]/.exec(this.#characters.slice(this.#position, this.#position + 16).join(""));
    if (named !== null) {
      const members = namedClasses[named[2] ?? ""];
      if (members === undefined) throw this.#error(`no class of characters is called "${named[0]}"`);
      this.#position += named[0].length;
      return `[${named[1]}${members}]`;
    }
    const low = this.#memberPart();
    if (!this.#isNext("-") || this.#characters[this.#position + 1] === "]") return low;
    this.#position += 1;
    return `${low}-${this.#memberPart()}`;
  }

  /** A character, or a class that stands for one; a range from or to a class is refused when all of it is read. */
  #memberPart(): string {
    const character = this.#next();
    if (character !== "\\") return codeOf(character);
    const letter = this.#next();
    return this.#classEscape(letter) ?? codeOf(this.#escapedCharacter(letter));
  }

  /** `\d` and its like and `\p{…}`, as JavaScript writes them between brackets. */
  #classEscape(letter: string): string | undefined {
    const letterClass = letterClasses[letter];
    if (letterClass !== undefined) return letterClass;
    if (letter !== "p" && letter !== "P") return undefined;
    if (!this.#take("{")) return `\\${letter}{${this.#next()}}`;
    const isNegated = this.#take("^") !== (letter === "P");
    let name = "";
    while (!this.#isNext("}")) name += this.#next();
    this.#position += 1;
    return `\\${isNegated ? "P" : "p"}{${/^(?:[A-Z][a-z]?|Any)$/.test(name) ? name : `Script=${name}`}}`;
  }

  #escapedCharacter(letter: string): string {
    const control = escapedControls[letter];
    if (control !== undefined) return control;
    if (letter === "x") return this.#hexadecimal();
    // A single digit from 1 on would be a back-reference.
    if (letter === "0" || (/[1-7]/.test(letter) && /[0-7]/.test(this.#characters[this.#position] ?? ""))) return this.#octal(letter);
    if (/[0-9A-Za-z]/.test(letter)) throw this.#error(`"\\${letter}" means nothing`);
    return letter;
  }

  #hexadecimal(): string {
    const match = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(this.#characters.slice(this.#position, this.#position + 8).join(""));
    const code = Number.parseInt(match?.[1] ?? match?.[2] ?? "", 16);
    if (match === null || code > 0x10ffff) throw this.#error('"\\x" without the number of a character');
    this.#position += match[0].length;
    return String.fromCodePoint(code);
  }

  #octal(first: string): string {
    const rest = /^[0-7]{0,2}/.exec(this.#characters.slice(this.#position, this.#position + 2).join(""))?.[0] ?? "";
    this.#position += rest.length;
    return String.fromCodePoint(Number.parseInt(first + rest, 8));
  }

  #oneOf(brackets: string, flags: Flags): PatternNode {
    try {
      const expression = new RegExp(brackets, flags.ignoreCase ? "iv" : "v");
      return { kind: "character", accepts: (character) => expression.test(character) };
    } catch {
      throw this.#error("a class of characters that cannot be");
    }
  }

  #isNext(character: string): boolean {
    return this.#characters[this.#position] === character;
  }

  #take(character: string): boolean {
    const isThere = this.#isNext(character);
    if (isThere) this.#position += 1;
    return isThere;
  }

  #next(): string {
    const character = this.#characters[this.#position];
    if (character === undefined) throw this.#error("an end in the middle");
    this.#position += 1;
    return character;
  }

  #error(problem: string): EvaluationError {
    return new EvaluationError(`the pattern has ${problem}, near its character ${this.#position}`);
  }
}

function changedFlags(flags: Flags, on: string, off: string): Flags {
  const after = (flag: string, before: boolean): boolean => !off.includes(flag) && (on.includes(flag) || before);
  return { ignoreCase: after("i", flags.ignoreCase), multiline: after("m", flags.multiline), dotAll: after("s", flags.dotAll) };
}

function literal(character: string, flags: Flags): PatternNode {
  if (!flags.ignoreCase) return { kind: "character", accepts: (each) => each === character };
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  return { kind: "character", accepts: (each) => each.toLowerCase() === lower || each.toUpperCase() === upper };
}

/** A character as a class may hold it, whatever it means between brackets. */
function codeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
