import { resolve } from "node:path";
import { isSigningKey } from "@stepwell/protocol";
import { type AlertSettings, isAddressRange, readAlertSettings } from "@stepwell/server";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";
import type { FlagSettings } from "./read-flags.ts";
import type { StartServerOptions } from "./start-server.ts";

const day = 86_400_000;

const defaultPort = 8_288;

const portsPerRangeMax = 1_000;

/** Of the ended runs, `dev` keeps as many, the newest. */
const devRunsMax = 100_000;

/** How long a stop waits for calls under way. */
export const defaultGraceMs = { dev: 3_000, start: 30_000 } as const;

/**
 * What the flags of a command mean for the server.
 *
 * @throws {CommandError} A key is malformed, or a value has no meaning; exit code 2.
 */
export function serverOptions(
  command: "dev" | "start",
  { values, alerts, functions = {} }: FlagSettings,
  { env, cwd }: Pick<FlagSources, "env" | "cwd">,
): StartServerOptions {
  const isDev = command === "dev";
  const appUrls = list(values.get("sdk-url")).map(appUrl);
  const discovers = isDev && values.get("no-discovery") !== true && (appUrls.length === 0 || values.get("discovery") === true);
  const file = fileOf(command, values, cwd);
  const host = values.get("host");
  const signingKeys = signingKeysOf(values);
  const eventKeys = list(values.get("event-key"));
  for (const key of signingKeys) checkSigningKey(key);
  return {
    mode: command,
    hosts: typeof host === "string" ? [host] : isDev ? ["127.0.0.1", "::1"] : ["::"],
    port: number(values.get("port")) ?? defaultPort,
    ...(file === undefined ? {} : { file }),
    eventKeys,
    signingKeys,
    asksForKeys: !isDev || values.get("keys") === true,
    allowHosts: list(values.get("allow-host")),
    ...(isDev ? {} : { allowCallsTo: list(values.get("allow-call-to")).map(addressRange) }),
    appUrls,
    discovers,
    ...(values.get("no-ui") === true ? { noUi: true } : {}),
    discoverPorts: [...list(values.get("discover-ports")).flatMap(portsOf), ...environmentPort(env["PORT"])],
    pollMs: values.get("no-poll") === true ? 0 : (number(values.get("poll-interval")) ?? (isDev ? 5_000 : 0)),
    ...(alerts === undefined ? {} : { alerts: alertSettings(alerts, env) }),
    engine: {
      ...chaosOf(values),
      ...functions,
      retryIntervalMs: number(values.get("retry-interval")) || undefined,
      retention: {
        ...kept("runsMs", number(values.get("retention-runs")) ?? (isDev ? 7 : 30) * day),
        ...kept("failedMs", number(values.get("retention-failed")) ?? (isDev ? 7 : 90) * day),
        ...kept("failuresMs", number(values.get("retention-failures")) ?? (isDev ? 30 : 180) * day),
        ...kept("eventsMs", number(values.get("retention-events")) ?? (isDev ? 7 : 14) * day),
        ...kept("tracesMs", number(values.get("retention-traces")) ?? (isDev ? 7 : 14) * day),
        ...(isDev ? { runsMax: devRunsMax } : {}),
      },
    },
  };
}

/** With 0 for ever, which an absent rule means. */
function kept<Name extends string>(name: Name, ms: number): Partial<Record<Name, number>> {
  return ms === 0 ? {} : ({ [name]: ms } as Record<Name, number>);
}

function chaosOf(values: FlagSettings["values"]): { readonly chaos?: { readonly rate: number } } {
  const rate = number(values.get("chaos"));
  return rate === undefined || rate === 0 ? {} : { chaos: { rate } };
}

function appUrl(text: string): string {
  const url = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url) || !/^https?:/i.test(url))
    throw usage(`"${text}" is not the address of an app`, ["e.g. --sdk-url localhost:3000/api/inngest"]);
  return url;
}

function addressRange(text: string): string {
  if (isAddressRange(text)) return text;
  throw usage(`"${text}" is neither an address nor a range of addresses`, ["e.g. --allow-call-to 169.254.8.0/24"]);
}

function fileOf(command: "dev" | "start", values: FlagSettings["values"], cwd: string): string | undefined {
  if (values.get("memory") === true) return undefined;
  const file = values.get("db");
  if (values.get("postgres-uri") !== undefined || (typeof file === "string" && /^postgres(ql)?:/i.test(file)))
    throw new CommandError(
      exitCodes.usage,
      "option_not_supported_yet",
      "PostgreSQL is not available in this build; data is kept in SQLite",
      ["Give a file: --db ./data/stepwell.db"],
    );
  if (typeof file === "string") return resolve(cwd, file);
  const folder = values.get("sqlite-dir");
  return resolve(cwd, typeof folder === "string" ? folder : ".stepwell", command === "dev" ? "dev.db" : "main.db");
}

/** Half of it would be alerts that nobody gets: every problem is told, and nothing is started. */
function alertSettings({ value, path }: NonNullable<FlagSettings["alerts"]>, env: FlagSources["env"]): AlertSettings {
  const reading = readAlertSettings(value, env);
  if (reading.kind === "settings") return reading.settings;
  throw new CommandError(exitCodes.usage, "config_invalid", `the alerts of ${path} cannot be used`, reading.problems);
}

/** The first signs; all verify. */
function signingKeysOf(values: FlagSettings["values"]): readonly string[] {
  const [keys, fallbacks] = [list(values.get("signing-key")), list(values.get("signing-key-fallback"))];
  if (keys.length > 0 || fallbacks.length === 0) return [...keys, ...fallbacks];
  throw usage("--signing-key-fallback stands beside --signing-key, which is not given", [
    "Without one the fallback would be the key that signs; give it as --signing-key if that is meant.",
  ]);
}

function checkSigningKey(key: string): void {
  if (isSigningKey(key)) return;
  throw usage("a signing key is an even number of hex digits, with signkey-<env>- before them or without", [
    "Make one with: stepwell keys create signing --print",
  ]);
}

/** Where the app in the same project may listen. What is no port there is not ours to complain about. */
function environmentPort(text: string | undefined): readonly number[] {
  const port = Number(text ?? "");
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? [port] : [];
}

/** A port, or a range of them. */
function portsOf(text: string): readonly number[] {
  const [first, last] = (/^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [])
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const end = last ?? first;
  if (first === undefined || end === undefined || first < 1 || end < first || end > 65_535 || end - first >= portsPerRangeMax)
    throw usage(`"${text}" is neither a port nor a range of at most ${portsPerRangeMax}`, ["e.g. --discover-ports 4100,4200-4210"]);
  return Array.from({ length: end - first + 1 }, (_, index) => first + index);
}

function usage(message: string, details: readonly string[] = []): CommandError {
  return new CommandError(exitCodes.usage, "usage", message, details);
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
