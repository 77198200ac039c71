import { readFileSync } from "node:fs";

/** Of this package; the server it starts has the same. */
export const version: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { readonly version: string }
).version;
