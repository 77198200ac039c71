import type { Finding } from "./finding.ts";

const marks = { ok: "✓", warning: "!", problem: "✕", skipped: "–" } as const;
const nameWidth = 16;
const indent = " ".repeat(nameWidth + 4);

/** The list as people read it, with what to do under each line that needs it, and a count. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, about, status, text, advice }) => {
    const name = about === undefined || about.length > nameWidth ? check : `${check} ${about}`.slice(0, nameWidth);
    const subject = about === undefined || `${check} ${about}`.length <= nameWidth ? "" : `${about}: `;
    return [`  ${marks[status]} ${name.padEnd(nameWidth)}${subject}${text}`, ...(advice === undefined ? [] : [`${indent}${advice}`])];
  });
  return `${[...lines, `  ${countText(findings)}`].join("\n")}\n`;
}

function countText(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]): number => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return "all is well";
  return `${problems} ${problems === 1 ? "problem" : "problems"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
}
