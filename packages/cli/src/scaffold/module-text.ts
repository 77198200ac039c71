import type { ModuleStyle } from "./project.ts";

/**
 * A module as the project writes them. Templates are ES modules whose own imports have no suffix; in a project that has CommonJS
 * their imports and exports become `require` and `module.exports`.
 */
export function moduleText(text: string, { isEsm, importSuffix }: ModuleStyle): string {
  const suffixed = text.replaceAll(/ from "(\.[^"]*)"/g, (_, path: string) => ` from "${path}${importSuffix}"`);
  if (isEsm) return suffixed;
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  const isDefault = text.includes("export default ");
  const required = suffixed
    .replaceAll(/^import (\{[^}]+\}) from ("[^"]+");$/gm, "const $1 = require($2);")
    .replaceAll(/^export const /gm, "const ")
    .replace("export default ", "module.exports = ");
  return isDefault || names.length === 0 ? required : `${required}\nmodule.exports = { ${names.join(", ")} };\n`;
}
