// `stepwell dev` and `stepwell start`: both run a server until they are told to stop.

import { StepwellError } from "@stepwell/protocol";
import { appLines } from "../app-lines.ts";
import { startApp } from "../app-process.ts";
import { asCommandError } from "../as-command-error.ts";
import type { FlagValue } from "../convert-flag.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { FlagSources } from "../flag-sources.ts";
import { lineWriter } from "../line-writer.ts";
import { logLevel } from "../log-level.ts";
import { madeKeysText, madePasswordText } from "../made-keys-text.ts";
import { describeHolder, portHolder } from "../port-holder.ts";
import { readFlags } from "../read-flags.ts";
import { resetData } from "../reset-data.ts";
import { type LogForm, logForms, type RunLog, runLog } from "../run-log.ts";
import { defaultGraceMs, serverOptions } from "../server-options.ts";
import { startScreen } from "../start-screen.ts";
import { type MadeKeys, type RunningServer, type StartServerOptions, startServer } from "../start-server.ts";
import { stopSignals } from "../stop-signals.ts";

type ServeCommand = "dev" | "start";

export async function serveCommand(command: ServeCommand, sources: FlagSources): Promise<number> {
  const settings = await readFlags(command, sources);
  const { values, notices, command: appCommand } = settings;
  const options = serverOptions(command, settings, sources);
  const form = logForm(command, values);
  const level = logLevel(values, sources.env);
  for (const notice of notices) process.stderr.write(`note: ${notice}\n`);
  if (command === "dev" && options.hosts.some((host) => ["0.0.0.0", "::"].includes(host)))
    process.stderr.write(
      "warning: everybody on your network can reach this server, and it asks for no key; the names it is asked under need --allow-host\n",
    );
  const askedMs = await timeOf(async () => {
    if (values.get("reset") === true && options.file !== undefined) await reset(options.file, values);
  });
  const signals = stopSignals();
  const writer = lineWriter(process.stdout);
  const log = runLog({ form, level, write: writer.write });
  const { server, movedFrom } = await begin(command, options, log);
  const about = { command, url: server.url, options, movedFrom, cwd: sources.cwd };
  // Only a screen shows how much there is: to count it starts the reader's thread.
  const screen =
    form === "pretty" ? startScreen({ ...about, ...(await server.engine.reports.size()), readyMs: performance.now() - askedMs }) : "";
  log.ready({ url: server.url, data: server.file, screen });
  const app = appCommand.length === 0 ? undefined : runApp(appCommand, server, log, sources);
  const appCode = await Promise.race([signals.first, ...(app === undefined ? [] : [app.ended])]);
  if (appCode !== undefined) process.stderr.write(`note: the app has ended with exit code ${appCode}, and the server ends with it\n`);
  const { callsInFlight } = server.engine.gauges();
  if (form === "pretty" && callsInFlight > 0)
    process.stderr.write(`\n  waiting for ${callsInFlight} ${callsInFlight === 1 ? "call" : "calls"} under way; again stops now\n`);
  const graceMs = values.get("grace");
  await app?.flush();
  await server.stop(typeof graceMs === "number" ? graceMs : defaultGraceMs[command]);
  await app?.stop();
  log.end();
  writer.flush();
  if (appCode !== undefined) return appCode;
  // In production somebody must know that calls were left; their work goes on with the next start.
  return command === "dev" || server.isDrained ? exitCodes.done : exitCodes.failed;
}

/** The app beside the server. Its lines are shown, and kept with the runs that they name. */
function runApp(command: readonly string[], { url, engine }: RunningServer, log: RunLog, { env, cwd }: FlagSources) {
  const lines = appLines({ engine, now: Date.now });
  let isStopping = false;
  const app = startApp({
    command,
    cwd,
    env: { ...env, STEPWELL_DEV: url, INNGEST_DEV: url },
    onLine(stream, line) {
      log.appLine(stream, line);
      if (!isStopping) lines.take(stream, line);
    },
  });
  return {
    ...app,
    /** What it says from now on is shown and not kept: the store is about to close. */
    flush(): Promise<void> {
      isStopping = true;
      return lines.flush();
    },
  };
}

/** In ms. */
async function timeOf(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

async function reset(file: string, values: ReadonlyMap<string, FlagValue>): Promise<void> {
  await resetData(file, { isConfirmed: values.get("yes") === true, noInput: values.get("no-input") === true }).catch((error: unknown) => {
    throw StepwellError.is(error) ? asCommandError(error) : error;
  });
}

/** How many ports after a taken one are tried, on a terminal. */
const portsTriedMax = 20;

interface Begun {
  readonly server: RunningServer;
  /** The port that was wanted and is taken. */
  readonly movedFrom: number | undefined;
}

async function begin(command: ServeCommand, options: StartServerOptions, log: RunLog): Promise<Begun> {
  const mayMove = command === "dev" && process.stdout.isTTY === true;
  const parts = {
    ...options,
    observer: log.observer,
    onAppFailure: log.appFailed,
    onKeysMade: (keys: MadeKeys, file: string) => void process.stderr.write(madeKeysText(keys, file)),
    onAlertFailure: (message: string) => void process.stderr.write(`warning: ${message}\n`),
    onPasswordMade: (password: string, file: string) => void process.stderr.write(madePasswordText(password, file)),
    onError: (error: unknown, { method, path }: { readonly method: string; readonly path: string }) =>
      process.stderr.write(`error: ${method} ${path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
  };
  for (let port = options.port; ; port += 1) {
    try {
      const server = await startServer({ ...parts, port });
      return { server, movedFrom: port === options.port ? undefined : options.port };
    } catch (error) {
      if (!StepwellError.is(error)) throw error;
      if (error.code === "port_taken" && mayMove && port < Math.min(options.port + portsTriedMax, 65_535)) continue;
      throw error.code === "port_taken" ? await portTaken(options.port) : await cannotStart(error, options.port);
    }
  }
}

async function portTaken(port: number): Promise<CommandError> {
  return new CommandError(exitCodes.conflict, "port_taken", `port ${port} is taken: ${describeHolder(await portHolder(port))}`, [
    "Stop it, or choose another port: --port <n>",
  ]);
}

/** A database in use is in most cases our own server, started twice: then its address helps more than its process. */
async function cannotStart(error: StepwellError, port: number): Promise<CommandError> {
  if (error.code !== "database_in_use") return asCommandError(error);
  const holder = await portHolder(port);
  if (holder.kind === "other") return asCommandError(error);
  return new CommandError(exitCodes.conflict, error.code, `${error.message}; ${describeHolder(holder)}: http://localhost:${port}`, [
    "Use that one, or stop it first, or name another file and port: --db <file> --port <n>",
  ]);
}

function logForm(command: ServeCommand, values: ReadonlyMap<string, FlagValue>): LogForm {
  const value = values.get("log") ?? (values.get("json") === true ? "json" : undefined);
  if (value === undefined) return command === "start" ? "json" : process.stdout.isTTY === true ? "pretty" : "lines";
  const form = logForms.find((each) => each === value);
  if (form === undefined)
    throw new CommandError(exitCodes.usage, "usage", `--log is one of ${logForms.join(", ")}, and "${String(value)}" is not`);
  return form;
}
