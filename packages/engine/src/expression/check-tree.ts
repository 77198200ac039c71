// What the parser takes and the language does not: names nobody declared, functions nobody wrote, patterns that are none.

import type { ASTNode } from "@marcbachmann/cel-js";
import { typeNames } from "./conversions.ts";
import { type ExpressionFunction, globalFunctions, methods } from "./functions.ts";
import { isLoopName } from "./loops.ts";
import { compilePattern, type Pattern } from "./match-pattern.ts";

export type CheckedTree =
  | { readonly kind: "valid"; readonly patterns: ReadonlyMap<string, Pattern> }
  | { readonly kind: "invalid"; readonly message: string; readonly column: number };

/** What every expression may speak of: the event that came (or triggered). */
const variables = ["event"];

/** Looks through the tree of an expression for the first thing that is wrong with it; `more` are names that it may use besides `event`. */
export function checkTree(root: ASTNode, more: readonly string[] = []): CheckedTree {
  const patterns = new Map<string, Pattern>();
  try {
    const declared = [...variables, ...more];
    new TreeCheck(patterns, declared).check(root, new Set([...declared, ...typeNames]));
    return { kind: "valid", patterns };
  } catch (error) {
    if (error instanceof CheckError) return { kind: "invalid", message: error.message, column: error.column };
    throw error;
  }
}

class CheckError extends Error {
  override readonly name = "CheckError";
  /** From 1. */
  readonly column: number;

  constructor(node: ASTNode, message: string) {
    super(message);
    this.column = positionOf(node) + 1;
  }
}

/** Of a method it is where its name stands, which the parser does not say. */
function positionOf(node: ASTNode): number {
  return node.op === "rcall" ? node.input.indexOf(node.args[0], node.args[1].end) : node.pos;
}

class TreeCheck {
  readonly #patterns: Map<string, Pattern>;
  /** What the expression may speak of, to say so where it speaks of something else. */
  readonly #declared: readonly string[];

  constructor(patterns: Map<string, Pattern>, declared: readonly string[]) {
    this.#patterns = patterns;
    this.#declared = declared;
  }

  check(node: ASTNode, known: ReadonlySet<string>): void {
    switch (node.op) {
      case "value":
        checkLiteral(node, node.args);
        return;
      case "id":
        if (known.has(node.args)) return;
        throw new CheckError(node, this.#undeclared(node.args));
      case ".":
      case ".?":
        this.check(node.args[0], known);
        return;
      case "call":
        this.#checkCall(node, node.args[0], node.args[1], known);
        return;
      case "rcall":
        this.check(node.args[1], known);
        this.#checkMethod(node, node.args[0], node.args[2], known);
        return;
      case "-_":
        // The smallest whole number is written as the negative of one that is too large.
        if (node.args.op !== "value" || node.args.args !== 2n ** 63n) this.check(node.args, known);
        return;
      case "!_":
        this.check(node.args, known);
        return;
      default:
        this.#checkAll(node.args.flat(), known);
    }
  }

  #undeclared(name: string): string {
    const names = this.#declared.map((each) => `"${each}"`).join(" and ");
    const why = name === "async" ? "; only waits and cancel rules have a later event" : "";
    return `"${name}" is not declared; this expression speaks of ${names}${why}`;
  }

  #checkAll(nodes: readonly ASTNode[], known: ReadonlySet<string>): void {
    for (const node of nodes) this.check(node, known);
  }

  #checkCall(node: ASTNode, name: string, args: readonly ASTNode[], known: ReadonlySet<string>): void {
    const [path] = args;
    if (name === "has") {
      if (args.length !== 1 || (path?.op !== "." && path?.op !== "[]"))
        throw new CheckError(node, '"has" takes one path, e.g. has(event.data.id)');
      this.check(path, known);
      return;
    }
    checkArguments(node, "function", name, globalFunctions.get(name), args);
    if (name === "matches") this.#addPattern(args[1]);
    this.#checkAll(args, known);
  }

  #checkMethod(node: ASTNode, name: string, args: readonly ASTNode[], known: ReadonlySet<string>): void {
    if (!isLoopName(name)) {
      checkArguments(node, "method", name, methods.get(name), args);
      if (name === "matches") this.#addPattern(args[0]);
      this.#checkAll(args, known);
      return;
    }
    const [variable, ...bodies] = args;
    if (variable?.op !== "id" || bodies.length < 1 || bodies.length > (name === "map" ? 2 : 1))
      throw new CheckError(node, `"${name}" takes a name and an expression, e.g. event.data.items.${name}(i, i.price > 10)`);
    this.#checkAll(bodies, new Set([...known, variable.args]));
  }

  #addPattern(node: ASTNode | undefined): void {
    if (node?.op !== "value" || typeof node.args !== "string") return;
    try {
      this.#patterns.set(node.args, compilePattern(node.args));
    } catch (error) {
      throw new CheckError(node, error instanceof Error ? error.message : String(error));
    }
  }
}

function checkArguments(
  node: ASTNode,
  what: "function" | "method",
  name: string,
  declared: ExpressionFunction | undefined,
  args: readonly ASTNode[],
): void {
  if (declared === undefined) throw new CheckError(node, `there is no ${what} "${name}"`);
  const { argumentsMin, argumentsMax } = declared;
  if (args.length >= argumentsMin && args.length <= argumentsMax) return;
  const expected = argumentsMin === argumentsMax ? String(argumentsMin) : `${argumentsMin} to ${argumentsMax}`;
  throw new CheckError(node, `"${name}" takes ${expected} argument${expected === "1" ? "" : "s"} and has ${args.length}`);
}

function checkLiteral(node: ASTNode, value: unknown): void {
  if (value instanceof Uint8Array) throw new CheckError(node, "bytes have no place here; events are JSON");
  if (typeof value === "bigint" && BigInt.asIntN(64, value) !== value) throw new CheckError(node, "a whole number has more than 64 bits");
}
