import { existsSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { nearest } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { withFunctions } from "../scaffold/function-index.ts";
import { type FunctionNames, functionNames } from "../scaffold/function-names.ts";
import { moduleText } from "../scaffold/module-text.ts";
import { carryOut, planText } from "../scaffold/plan.ts";
import { type ModuleStyle, moduleStyle } from "../scaffold/project.ts";
import { templates } from "../scaffold/templates/index.ts";
import type { Template } from "../scaffold/templates/template.ts";

const templateDefault = "event";
const cronDefault = "0 9 * * *";

export const newFunction: ClientCommand = {
  name: "new function",
  args: "<name>",
  isLocal: true,
  summary: "writes a function from a template and adds it to those that are served",
  flags: [
    {
      name: "template",
      short: "t",
      value: "name",
      help: Object.entries(templates)
        .map(([name, { about }]) => `${name}: ${about}`)
        .join("; "),
    },
    { name: "event", value: "name", help: "the event that starts it (default: app/<name>)" },
    { name: "cron", value: "schedule", help: `the schedule of the template cron (default: "${cronDefault}")` },
    { name: "folder", value: "path", help: "the project (default: here)" },
    { name: "dry-run", help: "only say what would be written" },
    { name: "json", help: "one JSON value on stdout; errors as JSON on stderr" },
    { name: "quiet", short: "q", help: "no hints" },
  ],
  examples: [
    "stepwell new function send-receipt --event shop/order.paid",
    'stepwell new function daily-report --template cron --cron "0 7 * * 1-5"',
    "stepwell new function onboard-user --template drip",
  ],
  async run(context) {
    const names = functionNames(nameOf(context));
    const template = templateOf(context.text("template") ?? templateDefault);
    const place = functionsOf(resolve(context.text("folder") ?? "."));
    const event = context.text("event") ?? `app/${names.id.replaceAll("-", ".")}`;
    const text = template.text({
      ...names,
      event: quoted(event),
      cron: quoted(context.text("cron") ?? cronDefault),
      isTypeScript: place.style.isTypeScript,
    });
    const functions = template.functions(names);
    const path = posix.join(posix.dirname(place.index), `${names.id}.${place.suffix}`);
    const plan = {
      files: [{ path, text: moduleText(text, place.style) }],
      edits: [{ path: place.index, text: indexWith(place, names, functions), what: `lists ${functions.join(" and ")}` }],
    };
    if (!context.has("dry-run")) carryOut(place.folder, plan);
    if (context.has("json")) printJson({ written: !context.has("dry-run"), files: [path], edits: [place.index], functions });
    else printText(planText(plan));
    if (!context.has("json") && !context.has("quiet"))
      printHint(context.has("dry-run") ? "Nothing was written." : hint(template, event, slugOf(place, names)));
    return exitCodes.done;
  },
};

function nameOf({ args }: ClientContext): string {
  const [name] = args;
  if (name !== undefined && args.length === 1) return name;
  throw new CommandError(exitCodes.usage, "usage", "new function needs one name", ["e.g. stepwell new function send-receipt"]);
}

function templateOf(name: string): Template {
  const found = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (found !== undefined) return found;
  const near = nearest(name, Object.keys(templates));
  throw new CommandError(
    exitCodes.usage,
    "usage",
    `there is no template "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
    [`There are ${Object.keys(templates).join(", ")}.`],
  );
}

interface FunctionsPlace {
  readonly folder: string;
  /** The file that lists them. */
  readonly index: string;
  readonly indexText: string;
  readonly suffix: string;
  readonly style: ModuleStyle;
}

function functionsOf(folder: string): FunctionsPlace {
  const candidates = ["src/stepwell", "stepwell"].flatMap((place) => ["ts", "js"].map((suffix) => ({ place, suffix })));
  const found = candidates.find(({ place, suffix }) => existsSync(join(folder, place, `functions/index.${suffix}`)));
  if (found === undefined)
    throw new CommandError(exitCodes.usage, "usage", `${folder} has no stepwell/functions, in src or beside it`, [
      "stepwell init makes it; --folder names another project.",
    ]);
  const index = `${found.place}/functions/index.${found.suffix}`;
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const indexText = readFileSync(join(folder, index), "utf8");
  return { folder, index, indexText, suffix: found.suffix, style: moduleStyle(folder, manifest) };
}

function indexWith({ index, indexText, style }: FunctionsPlace, { id }: FunctionNames, functions: readonly string[]): string {
  const text = withFunctions(indexText, functions, id, style);
  if (text !== undefined) return text;
  throw new CommandError(exitCodes.failed, "failed", `${index} has no list "const functions = […]" to add to`, [
    `Nothing was written. Give it such a list, or write the function by hand.`,
  ]);
}

/** What stands between quotes in a module. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The function's id on the server, by the client that `init` wrote. */
function slugOf({ folder, index, suffix }: FunctionsPlace, { id }: FunctionNames): string {
  const client = join(folder, posix.dirname(index), `../client.${suffix}`);
  const appId = existsSync(client) ? /\bid: "([^"]+)"/.exec(readFileSync(client, "utf8"))?.[1] : undefined;
  return `${appId ?? "<app>"}-${id}`;
}

function hint({ data }: Template, event: string, slug: string): string {
  return data === undefined
    ? `It runs by its schedule; try it now: npx stepwell invoke ${slug}`
    : `Try it: npx stepwell send ${event} '${data}'`;
}
