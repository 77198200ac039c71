import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { expressEdit, expressLines } from "../scaffold/express-entry.ts";
import { functionIndex } from "../scaffold/function-index.ts";
import { functionNames } from "../scaffold/function-names.ts";
import { manifestEdit } from "../scaffold/manifest-edit.ts";
import { moduleText } from "../scaffold/module-text.ts";
import { nextRoute } from "../scaffold/next-route.ts";
import { carryOut, type Plan, planText } from "../scaffold/plan.ts";
import { appIdOf, type Project, readProject } from "../scaffold/project.ts";
import { templates } from "../scaffold/templates/index.ts";

export const init: ClientCommand = {
  name: "init",
  args: "[folder]",
  isLocal: true,
  summary: "adds a client, a first function and its route to an Express or Next.js project",
  flags: [
    { name: "framework", value: "name", help: "express or next (default: what package.json depends on)" },
    { name: "id", value: "text", help: "the app's id on the server (default: the name in package.json)" },
    { name: "dry-run", help: "only say what would be written" },
    { name: "json", help: "one JSON value on stdout; errors as JSON on stderr" },
    { name: "quiet", short: "q", help: "no hints" },
  ],
  examples: ["stepwell init", "stepwell init ./api --framework express --id shop", "stepwell init --dry-run"],
  async run(context) {
    const project = readProject(folderOf(context), context.text("framework"));
    const plan = initPlan(project, context.text("id") ?? appIdOf(project));
    if (!context.has("dry-run")) {
      carryOut(project.folder, plan);
      ignoreData(project.folder);
    }
    report(context, project, plan);
    return exitCodes.done;
  },
};

function folderOf({ args }: ClientContext): string {
  if (args.length > 1) throw new CommandError(exitCodes.usage, "usage", "init takes one folder", ["e.g. stepwell init ./api"]);
  return resolve(args[0] ?? ".");
}

function initPlan(project: Project, appId: string): Plan {
  const { style } = project;
  const modules = modulesOf(project);
  const suffix = style.isTypeScript ? "ts" : "js";
  const hello = functionNames("hello-world");
  const text = templates["event"]?.text({ ...hello, event: "app/hello.world", cron: "", isTypeScript: style.isTypeScript }) ?? "";
  const edits = [manifestEdit(project), project.framework === "express" ? expressEdit(project, modules) : undefined];
  return {
    files: [
      { path: `${modules}/client.${suffix}`, text: moduleText(clientText(appId), style) },
      { path: `${modules}/functions/hello-world.${suffix}`, text: moduleText(text, style) },
      { path: `${modules}/functions/index.${suffix}`, text: functionIndex([hello.variable], hello.id, style) },
      ...(project.framework === "next" ? [nextRoute(project, modules)] : []),
    ],
    edits: edits.filter((edit) => edit !== undefined),
  };
}

function modulesOf({ sourceFolder }: Project): string {
  return posix.join(sourceFolder, "stepwell");
}

function clientText(appId: string): string {
  return `import { Stepwell } from "stepwell";

/** Sends events and makes functions. On a laptop it finds the dev server by itself; in production it reads STEPWELL_* variables. */
export const client = new Stepwell({ id: ${JSON.stringify(appId)} });
`;
}

/** The dev server keeps its data in the project. */
function ignoreData(folder: string): void {
  const file = join(folder, ".gitignore");
  if (!existsSync(file)) return;
  const text = readFileSync(file, "utf8");
  if (!/^\/?\.stepwell\/?$/m.test(text)) appendFileSync(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}.stepwell/\n`);
}

function report(context: ClientContext, project: Project, plan: Plan): void {
  const isDry = context.has("dry-run");
  if (context.has("json")) {
    const paths = (list: readonly { readonly path: string }[]): readonly string[] => list.map(({ path }) => path);
    printJson({ framework: project.framework, written: !isDry, files: paths(plan.files), edits: paths(plan.edits) });
    return;
  }
  printText(planText(plan));
  if (context.has("quiet")) return;
  const isRouted = project.framework === "next" || plan.edits.some(({ path }) => path !== "package.json");
  const { imports, route } = expressLines(project, posix.join(project.sourceFolder, "server.js"), modulesOf(project));
  const inFolder = project.sourceFolder === "" ? "" : ` (in ${project.sourceFolder}/)`;
  printHint(
    [
      ...(isRouted
        ? []
        : ["", `No file was found that makes the Express application. Where you make it${inFolder}, add`, indent(imports), indent(route)]),
      ...(isDry ? ["", "Nothing was written."] : ["", "Next", "  npm install", `  npx stepwell dev${startOf(project)}`]),
      ...(isDry ? [] : [`  npx stepwell send app/hello.world '{"name":"Ada"}'`]),
    ].join("\n"),
  );
}

/** How the project starts its app, behind `--`; where it has no script for it, the app is started by hand. */
function startOf({ manifest: { scripts } }: Project): string {
  const names = typeof scripts === "object" && scripts !== null ? Object.keys(scripts) : [];
  if (names.includes("dev")) return " -- npm run dev";
  return names.includes("start") ? " -- npm start" : "    # and start your app beside it";
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
