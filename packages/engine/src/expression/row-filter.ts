import { type JsonText, parseJson } from "@stepwell/protocol";
import { type Compiled, compileExpression, type Expression } from "./compile.ts";
import { evaluateCondition } from "./evaluate.ts";
import { Work } from "./work.ts";

/** A row of a list, as its filter sees it. */
export interface FilteredRow {
  readonly event: JsonText;
  /** Of a run that has ended: what it returned, or its error. */
  readonly output?: JsonText;
}

export type FilterResult = "passes" | "fails" | "too_much_work";

/** The work that the filters of one question may take together, over all rows. */
export class FilterBudget {
  readonly work = new Work();
}

export type CompiledFilter =
  | { readonly kind: "filter"; readonly test: (row: FilteredRow, budget: FilterBudget, now: number) => FilterResult }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * A condition over the rows of a list: it speaks of `event`, and of `output` where rows have one. Several lines are several
 * conditions, all of which must hold, unless they are one expression together. A row that it cannot be evaluated for fails.
 */
export function compileFilter(source: string, rows: "events" | "runs"): CompiledFilter {
  const more = rows === "runs" ? ["output"] : [];
  const whole = compileExpression(source, more);
  const lines = source.split("\n").filter((line) => line.trim() !== "");
  const parts = whole.kind === "invalid" && lines.length > 1 ? lines.map((line) => compileExpression(line, more)) : [whole];
  const expressions = parts.flatMap((part) => (part.kind === "expression" ? [part.expression] : []));
  const invalid = parts.find((part): part is Extract<Compiled, { kind: "invalid" }> => part.kind === "invalid");
  if (invalid !== undefined) return { kind: "invalid", message: invalid.message };
  return { kind: "filter", test: (row, { work }, now) => testRow(expressions, row, work, now) };
}

function testRow(expressions: readonly Expression[], { event, output }: FilteredRow, work: Work, now: number): FilterResult {
  if (!canRead(event.length + (output?.length ?? 0), work)) return "too_much_work";
  const input = { event: parseJson(event), ...(output === undefined ? {} : { output: parseJson(output) }), now };
  for (const expression of expressions) {
    const result = evaluateCondition(expression, input, work);
    if (work.isSpent) return "too_much_work";
    if (result.kind === "error" || !result.value) return "fails";
  }
  return "passes";
}

function canRead(length: number, work: Work): boolean {
  try {
    work.spendText(length);
    return true;
  } catch {
    return false; // It says nothing but that there is no work left.
  }
}
