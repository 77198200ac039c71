import type { Finding } from "./finding.ts";

const marks = { ok: "✓", warning: "!", problem: "✕", skipped: "–" } as const;
/** With the space that ends it. */
const nameWidth = 16;
const indent = " ".repeat(nameWidth + 4);

/** The list as people read it, with what to do under each line that needs it, and a count. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap((finding) => {
    const { name, text } = columnsOf(finding);
    return [
      `  ${marks[finding.status]} ${name.padEnd(nameWidth)}${text}`,
      ...(finding.advice === undefined ? [] : [`${indent}${finding.advice}`]),
    ];
  });
  return `${[...lines, `  ${countText(findings)}`].join("\n")}\n`;
}

/** What it is about stands beside the check where there is room for the whole of it, else before the text. */
function columnsOf({ check, about, text }: Finding): { readonly name: string; readonly text: string } {
  if (about === undefined) return { name: check, text };
  const name = `${check} ${about}`;
  return name.length < nameWidth ? { name, text } : { name: check, text: `${about}: ${text}` };
}

function countText(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]): number => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return "all is well";
  return `${problems} ${problems === 1 ? "problem" : "problems"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
}
