import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { moduleText } from "./module-text.ts";
import type { PlannedFile } from "./plan.ts";
import type { Project } from "./project.ts";

/** The route of a Next.js application: of the app router where it has one, else of the pages router. */
export function nextRoute(project: Project, modules: string): PlannedFile {
  const { folder, style, sourceFolder } = project;
  const suffix = style.isTypeScript ? "ts" : "js";
  const pages = posix.join(sourceFolder, "pages");
  const hasPages = existsSync(join(folder, pages)) && !existsSync(join(folder, sourceFolder, "app"));
  const path = hasPages ? `${pages}/api/stepwell.${suffix}` : posix.join(sourceFolder, `app/api/stepwell/route.${suffix}`);
  const from = (module: string): string => posix.relative(posix.dirname(path), `${modules}/${module}`);
  const exported = hasPages
    ? `export default serve({ client, functions });

// The handler reads its requests itself: Next.js would refuse calls over a megabyte.
export const config = { api: { bodyParser: false } };`
    : "export const { GET, POST, PUT } = serve({ client, functions });";
  const text = `import { serve } from "stepwell/next";
import { client } from "${from("client")}";
import { functions } from "${from("functions/index")}";

// Where the server finds the functions and calls them.
${exported}
`;
  return { path, text: moduleText(text, style) };
}
