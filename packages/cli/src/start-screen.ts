import { isAbsolute, relative } from "node:path";
import type { StartServerOptions } from "./start-server.ts";
import { version } from "./version.ts";

export interface StartScreenParams {
  readonly command: "dev" | "start";
  readonly url: string;
  readonly options: StartServerOptions;
  /** What the database holds. */
  readonly runs: number;
  readonly bytes: number;
  /** The port that was wanted and is taken. */
  readonly movedFrom: number | undefined;
  /** Since the process began, without the time people took to answer. */
  readonly readyMs: number;
  readonly cwd: string;
}

/** What a terminal shows first. */
export function startScreen(params: StartScreenParams): string {
  const { command, url, options, movedFrom, readyMs } = params;
  const rows: readonly (readonly [string, string])[] = [
    ["API", url],
    ["Events", `${url}/e/${options.eventKeys.length === 0 ? "dev" : "<event key>"}`],
    ["Data", dataText(params)],
    ["Apps", appsText(options)],
    ...chaosRows(options),
    ...(movedFrom === undefined ? [] : ([["Port", `${movedFrom} is taken by another program; apps need INNGEST_DEV=${url}`]] as const)),
  ];
  const title = `  Stepwell ${version}  ${command}`.padEnd(55);
  return ["", `${title}ready in ${Math.round(readyMs)} ms`, "", ...rows.map(([head, text]) => `  ${head.padEnd(11)} ${text}`), ""].join(
    "\n",
  );
}

function chaosRows({ engine }: StartServerOptions): readonly (readonly [string, string])[] {
  if (engine.chaos === undefined) return [];
  const percent = Math.round(engine.chaos.rate * 1_000) / 10;
  return [["Chaos", `on: ${percent} % of all calls meet an injected fault; stepwell runs show <id> says which`]];
}

function dataText({ options, runs, bytes, cwd }: StartScreenParams): string {
  if (options.file === undefined) return "in a temporary file that is gone at the end (--memory)";
  const path = relative(cwd, options.file);
  const name = path.startsWith("..") || isAbsolute(path) ? options.file : path;
  return `${name}  (${runs.toLocaleString("en")} ${runs === 1 ? "run" : "runs"}, ${(bytes / 1e6).toFixed(1)} MB)`;
}

function appsText({ appUrls, discovers }: StartServerOptions): string {
  if (appUrls.length > 0) return `${appUrls.join(", ")}${discovers ? ", and looking for more" : ""}`;
  return discovers ? "looking…  (stop with --no-discovery, or give -u <url>)" : "none named; give -u <url>";
}
