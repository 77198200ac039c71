import type { RetentionRules } from "@stepwell/engine";
import { epochMs } from "@stepwell/protocol";
import { openDatabase, refuseOldNode } from "@stepwell/store-sqlite";
import type { StepwellFunction } from "stepwell";
import { checkOptionNames, type EventToSend, type OptionNames } from "stepwell/internals";
import { type EmbeddedEngine, EngineHandle } from "./embedded-engine.ts";
import { EngineHost } from "./engine-host.ts";
import { fileStoreOf } from "./file-store-of.ts";
import { appsOf } from "./function-table.ts";
import { engineKey, openEngines } from "./open-engines.ts";
import { retentionDefaults } from "./retention-defaults.ts";
import { stopOnSignals } from "./stop-on-signals.ts";

export interface EmbeddedOptions<Functions extends readonly StepwellFunction[] = readonly StepwellFunction[]> {
  /** What runs here, of one client or of several: each client is an app, and these functions are the whole of it. */
  readonly functions: Functions;
  /** The database: a path, which is made when it is missing. A server's file is one too. */
  readonly store: string | FileStore;
  /** How long history stays; by default 30 days of runs, 90 of failed ones, 14 of events. Absent rules mean: for ever. */
  readonly retention?: RetentionRules;
  /** Calls of functions under way at once; 250 by default. Further ones wait, in order. */
  readonly callsInFlightMax?: number;
  /** How long one call may take, in ms of real time; two hours by default. */
  readonly callMsMax?: number;
  /** Stops the engine on SIGTERM and SIGINT, and ends the process then. Off by default: the process is yours. */
  readonly stopsOnSignals?: boolean;
}

export interface FileStore {
  readonly file: string;
  /** `full`, the default: what was acknowledged survives a power cut. `off`: for data that may be lost with the machine. */
  readonly synchronous?: "full" | "off";
  /** Where reports are read: in a thread of its own, the default, so that a long list holds up no function; or `inline`. */
  readonly reader?: "worker" | "inline";
}

/**
 * Opens a database and runs functions on it, in this process: no server, no HTTP between engine and function.
 *
 * One process owns a file at a time. In one process there is one engine for each file: a second call with the same file, as a
 * hot reload makes it, replaces the functions of its apps and gives a new handle on the same engine, whose other options
 * stay.
 *
 * User code shares the event loop with the engine. A process that is frozen between requests, as serverless functions are, is
 * no place for one: nothing goes on while it is frozen.
 *
 * @throws {StepwellError} `database_in_use` with the pid of the owner, `data_not_writable`, `database_invalid`, `node_too_old`,
 *   `function_id_duplicate`, `invalid_request`, or what a server refuses a registration with; nothing is left open then.
 *
 * @example
 * await using engine = await createEngine({ functions: [welcome], store: "data/stepwell.db" });
 * await engine.send({ name: "user/created", data: { id: 42 } });
 */
export async function createEngine<Functions extends readonly StepwellFunction[]>(
  options: EmbeddedOptions<Functions>,
): Promise<EmbeddedEngine<EventToSend<Functions>>> {
  refuseOldNode();
  const store = fileStoreOf(options?.store, "createEngine");
  checkOptionNames("createEngine", options, optionNames);
  const apps = appsOf(options.functions);
  const host = await hostOf(store, options);
  const handle = new EngineHandle(
    host,
    [...apps.values()].map(({ client }) => client),
  );
  host.newestHandle = handle;
  if (options.stopsOnSignals === true) stopOnSignals(host);
  return handle;
}

async function hostOf(store: FileStore, options: EmbeddedOptions): Promise<EngineHost> {
  const engines = openEngines();
  const key = engineKey(store.file);
  for (;;) {
    const open = engines.get(key);
    if (open === undefined) break;
    const host = await open.catch(() => undefined);
    if (host === undefined) continue;
    if (host.isStopping) {
      await host.stop({ graceMs: 0 });
      continue;
    }
    await host.takeFunctions(options.functions);
    return host;
  }
  const opening = openHost(key, store, options, () => engines.delete(key));
  engines.set(key, opening);
  try {
    return await opening;
  } catch (error) {
    engines.delete(key);
    throw error;
  }
}

async function openHost(key: string, store: FileStore, options: EmbeddedOptions, onStopped: () => void): Promise<EngineHost> {
  const { retention = retentionDefaults, callsInFlightMax, callMsMax, functions } = options;
  const opened = await openDatabase({
    file: key,
    now: epochMs(Date.now()),
    ...(store.synchronous === undefined ? {} : { synchronous: store.synchronous }),
    ...(store.reader === undefined ? {} : { reader: store.reader }),
  });
  const hostOptions = {
    file: key,
    ...(callMsMax === undefined ? {} : { callMsMax }),
    engine: { retention, ...(callsInFlightMax === undefined ? {} : { callsInFlightMax }) },
  };
  const host = new EngineHost(opened, hostOptions, onStopped);
  try {
    await host.start(functions);
    return host;
  } catch (error) {
    await host.stop({ graceMs: 0 });
    throw error;
  }
}

type Names<Options> = { readonly [Name in keyof Options]-?: OptionNames[string] };

const optionNames = {
  ...{ functions: 1, callsInFlightMax: 1, callMsMax: 1, stopsOnSignals: 1 },
  store: { file: 1, synchronous: 1, reader: 1 } satisfies Names<FileStore>,
  retention: { runsMs: 1, failedMs: 1, failuresMs: 1, eventsMs: 1, tracesMs: 1, runsMax: 1 } satisfies Names<RetentionRules>,
} satisfies Names<EmbeddedOptions>;
