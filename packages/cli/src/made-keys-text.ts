import type { MadeKeys } from "./start-server.ts";

/** What a first start says of the keys it made. Nobody can read them again. */
export function madeKeysText(keys: MadeKeys, file: string): string {
  const lines = keys.map(({ kind, key }) => `  INNGEST_${kind.toUpperCase()}_KEY=${key}\n`);
  return [
    `\nKeys were made and are kept in ${file}. They are shown this once:\n\n`,
    ...lines,
    "\nApps need them in these variables. stepwell keys lists, makes and revokes keys.\n\n",
  ].join("");
}
