import type { FunctionNames } from "../function-names.ts";

export interface TemplateParams extends FunctionNames {
  /** The name of the event that starts it, or of the first of its events. */
  readonly event: string;
  /** The schedule, of a template that has one. */
  readonly cron: string;
  readonly isTypeScript: boolean;
}

export interface Template {
  /** What the function does, in a few words. */
  readonly about: string;
  /** The module, as an ES module whose own imports have no suffix. */
  text(params: TemplateParams): string;
  /** What of it is a function, by the names that it exports. */
  functions(names: FunctionNames): readonly string[];
  /** Data of the event that starts it, to try it with; absent: a schedule does. */
  readonly data?: string;
}

/** An event with the type of its data; JavaScript has none. */
export function eventLine(variable: string, name: string, data: string, isTypeScript: boolean): string {
  const schema = isTypeScript ? `, { schema: staticSchema<${data}>() }` : "";
  return `export const ${variable} = eventType("${name}"${schema});`;
}

/** What a module takes from the package. */
export function packageImport(isTypeScript: boolean): string {
  return `import { eventType${isTypeScript ? ", staticSchema" : ""} } from "stepwell";`;
}
