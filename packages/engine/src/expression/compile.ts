import { type ASTNode, parse } from "@marcbachmann/cel-js";
import { limits } from "@stepwell/protocol";
import { globalFunctions, methods } from "./functions.ts";

/** A condition or a key, ready to be evaluated. */
export interface Expression {
  readonly source: string;
  readonly root: ASTNode;
}

export type Compiled =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "invalid"; readonly message: string };

/** What an expression may speak of: the event that came (or triggered), and the later one of a wait or a cancel rule. */
const variables = new Set(["event", "async"]);
const comprehensions = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** Parses and checks an expression: its syntax, its names, its functions. Nothing is evaluated. */
export function compileExpression(source: string): Compiled {
  if (source.length > limits.expressionLengthMax)
    return { kind: "invalid", message: `the expression has more than ${limits.expressionLengthMax} characters (expressionLengthMax)` };
  let root: ASTNode;
  try {
    root = parse(source).ast;
  } catch (error) {
    return { kind: "invalid", message: explain(source, error) };
  }
  const problem = check(root, variables);
  return problem === undefined ? { kind: "expression", expression: { source, root } } : { kind: "invalid", message: problem };
}

function explain(source: string, error: unknown): string {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  const range = (error as { readonly range?: { readonly start: number } } | undefined)?.range;
  const column = range === undefined ? "" : ` at column ${range.start + 1}`;
  const hint = /[^=!<>]=[^=]|===/.test(source) ? '; use "==" to compare' : "";
  return `${message}${column}${hint}`;
}

/** The first thing that is wrong below a node, in words. */
function check(node: ASTNode, known: ReadonlySet<string>): string | undefined {
  switch (node.op) {
    case "value":
      return undefined;
    case "id":
      return known.has(node.args)
        ? undefined
        : `"${node.args}" is not declared; an expression speaks of "event" and, in waits and cancel rules, of "async"`;
    case ".":
    case ".?":
      return check(node.args[0], known);
    case "call":
      return checkCall(node.args[0], node.args[1], known);
    case "rcall":
      return checkMethod(node.args[0], node.args[1], node.args[2], known);
    case "list":
      return first(node.args, known);
    case "map":
      return first(node.args.flat(), known);
    case "!_":
    case "-_":
      return check(node.args, known);
    default:
      return first(node.args, known);
  }
}

function first(nodes: readonly ASTNode[], known: ReadonlySet<string>): string | undefined {
  for (const node of nodes) {
    const problem = check(node, known);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkCall(name: string, args: readonly ASTNode[], known: ReadonlySet<string>): string | undefined {
  if (name === "has")
    return args.length === 1 && args[0]?.op === "." ? check(args[0], known) : '"has" takes one path, e.g. has(event.data.id)';
  return Object.hasOwn(globalFunctions, name) ? first(args, known) : `there is no function "${name}"`;
}

function checkMethod(name: string, subject: ASTNode, args: readonly ASTNode[], known: ReadonlySet<string>): string | undefined {
  const problem = check(subject, known);
  if (problem !== undefined) return problem;
  if (!comprehensions.has(name)) return Object.hasOwn(methods, name) ? first(args, known) : `there is no method "${name}"`;
  const [variable, ...bodies] = args;
  if (variable?.op !== "id" || bodies.length < 1 || bodies.length > (name === "map" ? 2 : 1))
    return `"${name}" takes a name and an expression, e.g. event.data.items.${name}(i, i.price > 10)`;
  return first(bodies, new Set([...known, variable.args]));
}
