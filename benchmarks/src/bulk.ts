// Work in bulk, and one at a time, on the floor and on the engine alike.

import type { Floor } from "./floor.ts";
import type { InProcess } from "./in-process.ts";
import { type Measure, measure } from "./measure.ts";

export const event = { hello: "world", n: 1, user: { id: "u_123", email: "a@b.c" } };
export const eventsPerRequest = 100;
const senders = 4;

/** Sends `runs` events, a hundred per request from four senders, and waits until every run has ended. */
export function bulkEngine(bench: InProcess, runs: number, steps: number): Promise<Measure> {
  const events = Array.from({ length: eventsPerRequest }, () => ({ name: `bench/${steps}`, data: event }));
  return bulk(runs, (onEnd) => {
    bench.onEnd = onEnd;
    return async () => void (await bench.engine.sendEvents({ events }));
  });
}

export function bulkFloor(floor: Floor, runs: number, steps: number): Promise<Measure> {
  const events = Array.from({ length: eventsPerRequest }, () => ({ name: "bench", data: event }));
  return bulk(runs, (onEnd) => () => floor.send(events, steps, onEnd));
}

/** So many runs, by a sender that sends a hundred events at a time and calls `onEnd` at the end of each run. */
export function bulk(runs: number, sender: (onEnd: () => void) => () => Promise<void>): Promise<Measure> {
  return measure(runs, async () => {
    let left = runs;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const send = sender(() => {
      left -= 1;
      if (left === 0) resolve();
    });
    let requests = runs / eventsPerRequest;
    await Promise.all(
      Array.from({ length: senders }, async () => {
        while (requests > 0) {
          requests -= 1;
          await send();
        }
      }),
    );
    await ended;
  });
}

/** From sending to the end of the run, one at a time, in ms. */
export async function latencyEngine(bench: InProcess, count: number, steps: number): Promise<readonly number[]> {
  return latency(count, (onEnd) => {
    bench.onEnd = onEnd;
    void bench.engine.sendEvents({ events: [{ name: `bench/${steps}`, data: event }] });
  });
}

export function latencyFloor(floor: Floor, count: number, steps: number): Promise<readonly number[]> {
  return latency(count, (onEnd) => void floor.send([{ name: "bench", data: event }], steps, onEnd));
}

/** One run at a time, from the call of `send` to that of `onEnd`, in ms. */
export async function latency(count: number, send: (onEnd: () => void) => void): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    await new Promise<void>((resolve) => send(resolve));
    times.push(performance.now() - before);
  }
  return times;
}

/** Events that start nothing, `perRequest` at a time from 16 senders. */
export async function ingest(bench: InProcess, count: number, perRequest: number): Promise<Measure> {
  const events = Array.from({ length: perRequest }, () => ({ name: "bench/nobody", data: event }));
  return measure(count, async () => {
    let requests = count / perRequest;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (requests > 0) {
          requests -= 1;
          await bench.engine.sendEvents({ events });
        }
      }),
    );
  });
}
