// `stepwell dev` and `stepwell start`: both run a server until they are told to stop.

import { relative } from "node:path";
import { formatDuration, StepwellError } from "@stepwell/protocol";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { type FlagSources, readFlags } from "../read-flags.ts";
import { type LogForm, logObserver } from "../run-log.ts";
import { serverOptions } from "../server-options.ts";
import { type RunningServer, type StartServerOptions, startServer } from "../start-server.ts";
import { version } from "../version.ts";

export async function serveCommand(command: "dev" | "start", sources: FlagSources): Promise<number> {
  const settings = readFlags(command, sources);
  const options = serverOptions(command, settings, sources.env);
  const form = logForm(command, settings.values.get("log"));
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  for (const notice of settings.notices) process.stderr.write(`note: ${notice}\n`);
  if (command === "dev" && options.hosts.some((host) => host === "0.0.0.0" || host === "::"))
    process.stderr.write("warning: everybody on your network can reach this server, and it asks for no key\n");
  let baseUrl = `http://localhost:${options.port}`;
  const observer = logObserver({ form, baseUrl: () => baseUrl, write });
  const beforeMs = performance.now();
  const server = await begin(command, {
    ...options,
    observer,
    onAppFailure: (url, message) => form === "none" || process.stderr.write(`  ✕ ${url}: ${message}\n`),
    onError: (error, { method, path }) =>
      process.stderr.write(`error: ${method} ${path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
  });
  baseUrl = server.url;
  if (form === "pretty") write(await startScreen(command, server, options, performance.now() - beforeMs, sources.cwd));
  else if (form !== "none")
    write(
      form === "json"
        ? JSON.stringify({ time: new Date().toISOString(), event: "server.ready", url: server.url, data: server.file })
        : `${new Date().toISOString()} server.ready url=${server.url} data=${server.file}`,
    );
  const graceMs = settings.values.get("grace");
  return untilStopped(server, typeof graceMs === "number" ? graceMs : command === "dev" ? 3_000 : 30_000);
}

/** How many ports after a taken one are tried, on a terminal. */
const portsTriedMax = 20;

async function begin(command: "dev" | "start", options: StartServerOptions): Promise<RunningServer> {
  const mayMove = command === "dev" && process.stdout.isTTY === true;
  for (let tried = 0; ; tried += 1) {
    try {
      return await startServer({ ...options, port: options.port + tried });
    } catch (error) {
      if (!StepwellError.is(error)) throw error;
      if (error.code === "port_taken" && mayMove && tried < portsTriedMax) continue;
      if (error.code === "port_taken") throw await portTaken(options.port);
      throw new CommandError(
        error.code === "database_in_use" ? exitCodes.conflict : exitCodes.failed,
        error.code,
        error.message,
        error.advice === undefined ? [] : [error.advice],
      );
    }
  }
}

async function portTaken(port: number): Promise<CommandError> {
  const other = await fetch(`http://localhost:${port}/api/v1/server`, { signal: AbortSignal.timeout(1_000) })
    .then(
      (response) => response.json() as Promise<{ readonly product?: string; readonly pid?: number }>,
      () => undefined,
    )
    .catch(() => undefined);
  const who =
    other?.product === "stepwell"
      ? `a Stepwell server is already running there (pid ${other.pid ?? "unknown"})`
      : "another program listens there";
  return new CommandError(exitCodes.conflict, "port_taken", `port ${port} is taken: ${who}`, [
    "Stop it, or choose another port: --port <n>",
  ]);
}

async function startScreen(
  command: string,
  server: RunningServer,
  options: StartServerOptions,
  tookMs: number,
  cwd: string,
): Promise<string> {
  const { runs, bytes } = await server.engine.reports.size();
  const file =
    options.file === undefined
      ? "kept nowhere (--memory)"
      : `${relative(cwd, server.file) || server.file}  (${runs.toLocaleString("en")} runs, ${(bytes / 1e6).toFixed(1)} MB)`;
  const apps =
    options.appUrls.length > 0
      ? options.appUrls.join(", ")
      : options.discovers
        ? "looking…  (stop with --no-discovery, or give -u <url>)"
        : "none named; sync one with: curl -X PUT <app url>";
  return `\n  Stepwell ${version}  ${command}${" ".repeat(32)}ready in ${formatDuration(tookMs)}\n\n  API         ${server.url}\n  Events      ${server.url}/e/dev\n  Data        ${file}\n  Apps        ${apps}\n`;
}

function logForm(command: "dev" | "start", value: unknown): LogForm {
  if (value === "pretty" || value === "lines" || value === "json" || value === "none") return value;
  if (value !== undefined)
    throw new CommandError(exitCodes.usage, "usage", `--log is pretty, lines, json or none, and "${String(value)}" is not`);
  return command === "start" ? "json" : process.stdout.isTTY === true ? "pretty" : "lines";
}

/** Resolves when the server has stopped. A second signal does not wait for it. */
function untilStopped(server: RunningServer, graceMs: number): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (): void => {
      if (isStopping) process.exit(exitCodes.interrupted);
      isStopping = true;
      server.stop(graceMs).then(
        () => resolve(exitCodes.done),
        () => resolve(exitCodes.failed),
      );
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
