// Where an Express application is made, and how it comes to serve functions.

import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { PlannedEdit } from "./plan.ts";
import type { Project } from "./project.ts";
import { withoutComments } from "./without-comments.ts";

/** `const app = express();`, with or without a type, in one line; in a function too. A chain that goes on behind it is not one. */
const making = /^([^\S\n]*)(?:export\s+)?(?:const|let|var)\s+(\w+)\s*(?::[^=\n]+)?=\s*express\(\)(?!\s*\.)\s*;?[^\S\n]*$/m;
const suffixes = ["ts", "mts", "js", "mjs", "cjs"];
const names = ["server", "index", "app", "main"];

/** The edit of the file that makes the application; absent where none is found, or it serves functions already. */
export function expressEdit(project: Project, modules: string): PlannedEdit | undefined {
  const path = entriesOf(project).find((each) => making.test(withoutComments(read(project, each))));
  if (path === undefined || /\bserve\(\{/.test(withoutComments(read(project, path)))) return undefined;
  return { path, text: withRoute(project, path, modules), what: "serves the functions at /api/stepwell" };
}

/** The lines that a person would add. */
export function expressLines(
  project: Project,
  path: string,
  modules: string,
  app = "app",
): { readonly imports: string; readonly route: string } {
  const { importSuffix } = project.style;
  const isEsm = usesImport(project, path);
  const from = (module: string): string => `${relative(path, `${modules}/${module}`)}${importSuffix}`;
  const line = (name: string, module: string): string =>
    isEsm ? `import { ${name} } from "${module}";` : `const { ${name} } = require("${module}");`;
  return {
    imports: [line("serve", "stepwell/express"), line("client", from("client")), line("functions", from("functions/index"))].join("\n"),
    route: `${app}.use("/api/stepwell", serve({ client, functions }));`,
  };
}

function withRoute(project: Project, path: string, modules: string): string {
  const text = read(project, path);
  const made = making.exec(withoutComments(text));
  const [line = "", indent = "", app] = made ?? [];
  const { imports, route } = expressLines(project, path, modules, app);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const start = made?.index ?? 0;
  const end = start + line.length;
  // Before any body parser of a smaller limit: the SDK reads its requests itself.
  return `${withImports(text.slice(0, start), imports)}${text.slice(start, end)}\n${indent}${route}${text.slice(end)}`.replaceAll(
    /\r?\n/g,
    eol,
  );
}

/**
 * Behind the last import or require of what stands before the route. One further down is no place: what a `require` gives,
 * and in CommonJS an `import` too, is not there before its line.
 */
function withImports(head: string, imports: string): string {
  const code = withoutComments(head).split("\n");
  const last = code.findLastIndex((line) => /^(?:import\s.*['"];?|\} from ['"].*|(?:.*=\s*)?require\(.*\).*;?)\s*$/.test(line));
  const place = last === -1 ? code.length - 1 : last + 1;
  return head
    .split("\n")
    .toSpliced(place, 0, ...imports.split("\n"))
    .join("\n");
}

function usesImport(project: Project, path: string): boolean {
  const text = existsSync(join(project.folder, path)) ? withoutComments(read(project, path)) : "";
  if (/^import\s/m.test(text)) return true;
  return !/\brequire\(/.test(text) && project.style.isEsm;
}

/** What the project starts, then what such files are called. */
function entriesOf({ folder, manifest }: Project): readonly string[] {
  const { main, scripts } = manifest;
  const commands = typeof scripts === "object" && scripts !== null ? Object.values(scripts).map(String) : [];
  const started = commands.flatMap((command) => command.split(/\s+/)).filter((word) => /\.[cm]?[jt]s$/.test(word));
  const usual = ["src", "."].flatMap((place) => names.flatMap((name) => suffixes.map((suffix) => posix.join(place, `${name}.${suffix}`))));
  const paths = [...(typeof main === "string" ? [main] : []), ...started, ...usual].map((path) => posix.normalize(path));
  return [...new Set(paths)].filter((path) => !path.startsWith("..") && !path.startsWith("dist/") && existsSync(join(folder, path)));
}

/** From the file to a module, as an import has it. */
function relative(file: string, module: string): string {
  const path = posix.relative(posix.dirname(file), module);
  return path.startsWith(".") ? path : `./${path}`;
}

function read({ folder }: Project, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
