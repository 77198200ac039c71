// Matches a pattern by following all of its possibilities at once, character by character, so that no text from an event
// can make it take longer than the pattern's length times the text's.

import { type Assertion, type PatternNode, parsePattern } from "./pattern-tree.ts";
import { EvaluationError } from "./values.ts";
import type { Work } from "./work.ts";

/** Instructions of one pattern, counted repetitions written out. */
const patternInstructionsMax = 10_000;

type Instruction =
  | { readonly kind: "character"; readonly accepts: (character: string) => boolean }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  /** Goes on at each of these addresses. */
  | { readonly kind: "fork"; readonly to: number[] }
  | { readonly kind: "match" };

/** A pattern that is ready to be matched. */
export interface Pattern {
  readonly instructions: readonly Instruction[];
}

/** @throws EvaluationError when the text is no pattern, or one that is too large. */
export function compilePattern(source: string): Pattern {
  const instructions: Instruction[] = [];
  emit(parsePattern(source), instructions);
  instructions.push({ kind: "match" });
  return { instructions };
}

function emit(node: PatternNode, into: Instruction[]): void {
  if (into.length > patternInstructionsMax)
    throw new EvaluationError(`the pattern has more than ${patternInstructionsMax} instructions (patternInstructionsMax)`);
  switch (node.kind) {
    case "character":
    case "assertion":
      into.push(node);
      return;
    case "sequence":
      for (const part of node.parts) emit(part, into);
      return;
    case "choice":
      emitChoice(node.options, into);
      return;
    case "repeat":
      emitRepeat(node.part, node.min, node.max, into);
      return;
    default:
      node satisfies never;
  }
}

function emitChoice(options: readonly PatternNode[], into: Instruction[]): void {
  const entrances = fork(into);
  const exits = options.map((option) => {
    entrances.push(into.length);
    emit(option, into);
    return fork(into);
  });
  for (const exit of exits) exit.push(into.length);
}

function emitRepeat(part: PatternNode, min: number, max: number, into: Instruction[]): void {
  for (let count = 0; count < min; count += 1) {
    const before = into.length;
    emit(part, into);
    // What matches nothing needs no second copy; repeated within repetitions, counting them would never end.
    if (into.length === before) break;
  }
  if (max === Number.POSITIVE_INFINITY) {
    const start = into.length;
    const loop = fork(into);
    loop.push(into.length);
    emit(part, into);
    fork(into).push(start);
    loop.push(into.length);
    return;
  }
  const exits: number[][] = [];
  for (let count = min; count < max; count += 1) {
    const exit = fork(into);
    exit.push(into.length);
    exits.push(exit);
    emit(part, into);
  }
  for (const exit of exits) exit.push(into.length);
}

/** Adds a fork and returns its addresses, to be filled in when they are known. */
function fork(into: Instruction[]): number[] {
  const to: number[] = [];
  into.push({ kind: "fork", to });
  return to;
}

/** Whether the pattern matches anywhere in the text. */
export function matchesPattern(pattern: Pattern, text: string, work: Work): boolean {
  const { instructions } = pattern;
  work.spend(1 + Math.floor(instructions.length / 16));
  const reached = new Reached(instructions, work);
  let before: string | undefined;
  let position = 0;
  while (position <= text.length) {
    const after = position < text.length ? String.fromCodePoint(text.codePointAt(position) ?? 0) : undefined;
    if (reached.settle(before, after)) return true;
    if (after === undefined) return false;
    reached.step(after);
    before = after;
    position += after.length;
  }
  return false;
}

/** The addresses that a match can stand at between two characters. */
class Reached {
  readonly #instructions: readonly Instruction[];
  readonly #work: Work;
  /** For each address the round it was last reached in, so that none is followed twice. */
  readonly #rounds: Uint32Array;
  #round = 0;
  #pending: number[] = [];
  #waiting: number[] = [];

  constructor(instructions: readonly Instruction[], work: Work) {
    this.#instructions = instructions;
    this.#work = work;
    this.#rounds = new Uint32Array(instructions.length);
  }

  /** Follows forks and assertions to the characters they lead to; true when a match is complete. */
  settle(before: string | undefined, after: string | undefined): boolean {
    this.#round += 1;
    this.#waiting = [];
    const stack = [...this.#pending, 0];
    for (let address = stack.pop(); address !== undefined; address = stack.pop()) {
      if (this.#rounds[address] === this.#round) continue;
      this.#rounds[address] = this.#round;
      this.#work.spend(1);
      const instruction = this.#instructions[address];
      if (instruction?.kind === "match") return true;
      if (instruction?.kind === "character") this.#waiting.push(address);
      else if (instruction?.kind === "fork") for (const each of instruction.to) stack.push(each);
      else if (instruction?.kind === "assertion" && holds(instruction.assertion, before, after)) stack.push(address + 1);
    }
    return false;
  }

  step(character: string): void {
    this.#pending = [];
    for (const address of this.#waiting) {
      const instruction = this.#instructions[address];
      if (instruction?.kind === "character" && instruction.accepts(character)) this.#pending.push(address + 1);
    }
  }
}

function holds(assertion: Assertion, before: string | undefined, after: string | undefined): boolean {
  switch (assertion) {
    case "text-start":
      return before === undefined;
    case "text-end":
      return after === undefined;
    case "line-start":
      return before === undefined || before === "\n";
    case "line-end":
      return after === undefined || after === "\n";
    case "boundary":
      return isWordCharacter(before) !== isWordCharacter(after);
    case "no-boundary":
      return isWordCharacter(before) === isWordCharacter(after);
    default:
      return assertion satisfies never;
  }
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /^[0-9A-Za-z_]$/.test(character);
}
