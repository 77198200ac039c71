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

/** What a first start says of the password it made. */
export function madePasswordText(password: string, file: string): string {
  return [
    `\nA password for people was made; its hash is kept in ${file}. It is shown this once:\n\n`,
    `  ${password}\n`,
    "\nstepwell keys password makes another one.\n\n",
  ].join("");
}
