// The flags of `dev` and `start`: one table that parsing, help, environment and configuration file read. The reference's
// names come first, so that a script that starts it starts Stepwell.

export type FlagType = "text" | "list" | "switch" | "number" | "duration" | "rate";

export interface Flag {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly short?: string;
  readonly type: FlagType;
  readonly help: string;
  /** The effective default of each command; absent: the command does not have the flag. */
  readonly dev?: string;
  readonly start?: string;
  /** Accepted so that scripts go on working; it changes nothing, and a line says why. */
  readonly notice?: string;
  /** The largest value of a number. */
  readonly max?: number;
  /** What a rate is that is given without a number. */
  readonly bare?: number;
  /** Why the command refuses to start with it, wherever it is given. */
  readonly refusedByStart?: string;
  /** The environment may name a file that holds it, as `STEPWELL_<NAME>_FILE`. */
  readonly isSecret?: true;
  /** Its names in the environment, where the usual ones are not read: SDKs use `INNGEST_LOG_LEVEL` for themselves. */
  readonly variables?: readonly string[];
  /**
   * The environment is not read for it in `dev`: who has the keys of production in the environment of a shell would
   * otherwise start a dev server that refuses every app.
   */
  readonly notFromDevEnvironment?: true;
}

/**
 * Every fifth call. A run of five steps makes six calls and meets a fault in three cases of four; and four calls of five still go
 * as they would, so that an app can be worked on meanwhile.
 */
export const chaosRateDefault = 0.2;

const noPool = "there is no tick and no pool of workers to size: work is taken as it comes";
const noGateway = "nothing listens there yet: apps are called over HTTP";
const noPostgres = "PostgreSQL is not available in this build, so there is no pool to size";
const noDebugPort = "there is no debug API; /metrics and stepwell doctor say how the server is";
const noTraces = "traces are kept with the runs and sent nowhere";
const portMax = 65_535;
const configDefault = "stepwell.json, .yaml or .yml, or inngest.*, upwards from here, then in ~/.config";

export const flagTable: readonly Flag[] = [
  {
    name: "config",
    type: "text",
    help: "configuration file (JSON or YAML)",
    dev: configDefault,
    start: configDefault,
  },
  { name: "host", type: "text", help: "address to listen on", dev: "127.0.0.1 and ::1", start: "all addresses" },
  {
    name: "port",
    short: "p",
    type: "number",
    max: portMax,
    help: "port of the API; 0 takes any free one",
    dev: "8288, or a free one near it on a terminal",
    start: "8288",
  },
  {
    name: "sdk-url",
    aliases: ["app-url"],
    short: "u",
    type: "list",
    help: "address of an app's serve handler; may be given several times",
    dev: "none",
    start: "none",
  },
  { name: "no-discovery", type: "switch", help: "do not look for apps", dev: "off" },
  { name: "discovery", type: "switch", help: "look for apps although --sdk-url is given", dev: "off" },
  { name: "discover-ports", type: "list", help: "more ports, or ranges such as 4000-4010, to look on", dev: "none" },
  { name: "no-poll", aliases: ["no-watch"], type: "switch", help: "do not ask apps whether they have changed", dev: "off" },
  { name: "poll-interval", type: "duration", help: "seconds, or a duration, between two questions to an app", dev: "5", start: "0" },
  {
    name: "retry-interval",
    type: "duration",
    help: "seconds, or a duration, between attempts, instead of the back-off table",
    dev: "the table",
    start: "the table",
  },
  { name: "db", aliases: ["database"], type: "text", help: "SQLite file", dev: ".stepwell/dev.db", start: ".stepwell/main.db" },
  {
    name: "sqlite-dir",
    aliases: ["data"],
    type: "text",
    help: "folder of the database, where --db does not say",
    dev: ".stepwell",
    start: ".stepwell",
  },
  { name: "memory", type: "switch", help: "keep nothing: a temporary file that is gone at the end", dev: "off" },
  { name: "reset", type: "switch", help: "empty the data first; asks, unless --yes is given", dev: "off" },
  { name: "yes", short: "y", type: "switch", help: "answers the question of --reset", dev: "off" },
  { name: "no-input", type: "switch", help: "ask nothing, not on a terminal either", dev: "off" },
  {
    name: "postgres-uri",
    type: "text",
    help: "not available in this build: it is refused, rather than that data goes where it is not looked for",
    dev: "none",
    start: "none",
    isSecret: true,
  },
  { name: "allow-host", type: "list", help: "answer requests addressed to this name too", dev: "none", start: "any name" },
  {
    name: "allow-call-to",
    type: "list",
    help: "call apps, and let step.fetch ask, at this private, link-local or metadata address or range (10.1.0.0/16) too",
    start: "none of them",
  },
  {
    name: "signing-key",
    type: "list",
    help: "key that signs calls and opens the API; the first signs, all verify",
    dev: "none",
    start: "made at the first start",
    isSecret: true,
    notFromDevEnvironment: true,
  },
  {
    name: "signing-key-fallback",
    type: "list",
    help: "older signing key that still opens the API and verifies, and signs nothing; beside --signing-key",
    dev: "none",
    start: "none",
    isSecret: true,
    notFromDevEnvironment: true,
  },
  {
    name: "event-key",
    type: "list",
    help: "key of senders of events; may be given several times",
    dev: "any key passes",
    start: "made at the first start",
    isSecret: true,
    notFromDevEnvironment: true,
  },
  { name: "keys", type: "switch", help: "ask for keys and sign calls as in production; keys are made when there are none", dev: "off" },
  {
    name: "retention-runs",
    type: "duration",
    help: "how long completed, cancelled and skipped runs stay; 0 keeps them",
    dev: "7d",
    start: "30d",
  },
  { name: "retention-failed", type: "duration", help: "how long failed runs stay; 0 keeps them", dev: "7d", start: "90d" },
  {
    name: "retention-failures",
    type: "duration",
    help: "how long a group of failures whose runs are gone is remembered after its last one; 0 keeps it",
    dev: "30d",
    start: "180d",
  },
  { name: "retention-events", type: "duration", help: "how long events stay; 0 keeps them", dev: "7d", start: "14d" },
  {
    name: "retention-traces",
    type: "duration",
    help: "how long attempts stay of runs that stay longer; 0 keeps them as long",
    dev: "7d",
    start: "14d",
  },
  {
    name: "chaos",
    type: "rate",
    bare: chaosRateDefault,
    help: `inject faults into this part of all calls, 0 to 1; without a number ${chaosRateDefault}`,
    dev: "off",
    refusedByStart: "it makes calls of apps fail and repeat on purpose, which production must not; it is a flag of stepwell dev",
  },
  { name: "grace", type: "duration", help: "how long a drain may take", dev: "3s", start: "30s" },
  { name: "log", type: "text", help: "pretty, lines, json or none", dev: "pretty on a terminal, else lines", start: "json" },
  {
    name: "log-level",
    short: "l",
    type: "text",
    help: "the least that is printed: trace, debug, info, warn or error; the environment has it as STEPWELL_LOG_LEVEL or LOG_LEVEL",
    dev: "info",
    start: "info",
    variables: ["STEPWELL_LOG_LEVEL"],
  },
  {
    name: "verbose",
    short: "v",
    type: "switch",
    help: "the same as --log-level debug: steps that settle too",
    dev: "off",
    start: "off",
    variables: [],
  },
  { name: "json", type: "switch", help: "the same as --log json", dev: "off", start: "on" },
  { name: "persist", type: "switch", help: "data is kept", dev: "on", start: "on", notice: "data is always kept; --memory keeps none" },
  { name: "tick", type: "number", help: "accepted", dev: "", start: "", notice: noPool },
  { name: "queue-workers", aliases: ["workers"], type: "number", help: "accepted", dev: "", start: "", notice: noPool },
  { name: "redis-uri", type: "text", help: "accepted", start: "", notice: "everything is kept in one database; Redis is not needed" },
  ...["max-open-conns", "max-idle-conns", "conn-max-idle-time", "conn-max-lifetime"].map(
    (name): Flag => ({ name: `postgres-${name}`, type: "number", help: "accepted", dev: "", start: "", notice: noPostgres }),
  ),
  { name: "no-ui", type: "switch", help: "leave out what dashboards read: GraphQL; there is no dashboard yet", dev: "off", start: "off" },
  { name: "connect-gateway-port", type: "number", help: "accepted", dev: "", start: "", notice: noGateway },
  { name: "connect-gateway-grpc-port", type: "number", help: "accepted", dev: "", start: "", notice: noGateway },
  { name: "connect-executor-grpc-port", type: "number", help: "accepted", dev: "", start: "", notice: noGateway },
  { name: "connect-gateway-grpc-ip", type: "text", help: "accepted", dev: "", start: "", notice: noGateway },
  { name: "connect-executor-grpc-ip", type: "text", help: "accepted", dev: "", start: "", notice: noGateway },
  { name: "debug-api-port", type: "number", help: "accepted", dev: "", notice: noDebugPort },
  { name: "system-trace-endpoint", type: "text", help: "accepted", dev: "", notice: noTraces },
  { name: "system-trace-url-path", type: "text", help: "accepted", dev: "", notice: noTraces },
];

/** The flags of one command. */
export function flagsOf(command: "dev" | "start"): readonly Flag[] {
  return flagTable.filter((flag) => flag[command] !== undefined);
}
