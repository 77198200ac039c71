import jsTokens from "js-tokens";

const silent = new Set(["MultiLineComment", "SingleLineComment", "HashbangComment"]);

/** The source with spaces for what comments and templates say, which is no code. Every character keeps its place, and lines stay lines. */
export function withoutComments(source: string): string {
  let code = "";
  for (const { type, value } of jsTokens(source))
    code += silent.has(type) || type.includes("Template") ? value.replace(/[^\r\n]/g, " ") : value;
  return code;
}
