import { isObject } from "@stepwell/protocol";

/** The error a run ended with, its code, and what can be done about it. */
export function runErrorLines(error: unknown): readonly string[] {
  if (!isObject(error)) return [];
  const { name, message, code, hint } = error;
  return [
    `  ${String(name)}: ${String(message)}${typeof code === "string" ? `  [${code}]` : ""}`,
    ...(typeof hint === "string" ? [`  ! ${hint}`] : []),
  ];
}
