import { createEngine, type EmbeddedEngine } from "@stepwell/embedded";
import { welcome } from "./functions.ts";

/** `folder` is where the application keeps what is its own. */
export function openDesktop(folder: string): Promise<EmbeddedEngine> {
  return createEngine({
    functions: [welcome],
    store: { file: `${folder}/mails.db`, synchronous: "off", reader: "inline" },
  });
}
