import { version } from "./version.ts";

/**
 * What all copies of this package in a process share. An application that is CommonJS and a test kit that is imported load one
 * each, and what the one keeps about a client or an execution the other has to find.
 */
export function onePerProcess<Thing extends object>(name: string, make: () => Thing): Thing {
  const holder = globalThis as { [key: symbol]: Thing | undefined };
  const key = Symbol.for(`stepwell@${version}.${name}`);
  holder[key] ??= make();
  return holder[key];
}
