// Stops the engines of this process when the process is told to end, and ends it then.
//
// S1. There is one listener for each signal, however many engines there are and however often a hot reload comes.
// S2. The process ends when the last engine has stopped, not the first. A second signal ends it at once.
// S3. When no engine is left, signals do again what they did before.

import type { EngineHost } from "./engine-host.ts";

const signals = ["SIGTERM", "SIGINT"] as const;
const graceMs = 10_000;
const key = Symbol.for("stepwell.embedded.signals");

interface Stopping {
  readonly hosts: Set<EngineHost>;
  readonly listener: (signal: NodeJS.Signals) => void;
}

/** Asked for by every handle of an engine it is done once. */
export function stopOnSignals(host: EngineHost): void {
  const { hosts, listener } = stoppingOfProcess();
  if (hosts.has(host)) return;
  if (hosts.size === 0) for (const signal of signals) process.on(signal, listener);
  hosts.add(host);
  host.onStop(() => {
    hosts.delete(host);
    if (hosts.size === 0) stopListening(listener);
  });
}

/** Kept where every copy of this module finds it: a hot reload loads a new one. */
function stoppingOfProcess(): Stopping {
  const holder = globalThis as { [key]?: Stopping };
  holder[key] ??= newStopping();
  return holder[key];
}

function newStopping(): Stopping {
  const hosts = new Set<EngineHost>();
  const listener = (signal: NodeJS.Signals): void => {
    stopListening(listener);
    void Promise.allSettled([...hosts].map((host) => host.stop({ graceMs }))).then(() => process.kill(process.pid, signal));
  };
  return { hosts, listener };
}

function stopListening(listener: Stopping["listener"]): void {
  for (const signal of signals) process.removeListener(signal, listener);
}
