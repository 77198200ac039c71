import { parseArgs } from "node:util";

export interface Arguments {
  /** Not the build that ships is simulated, but each that lacks a guard; whatever else is asked for does not matter. */
  readonly broken: boolean;
  /** The first seed; absent: one is drawn. */
  readonly seed?: number;
  /** How many simulations at most. */
  readonly runsMax: number;
  /** After so many seconds no further one begins. */
  readonly secondsMax: number;
}

export type ReadArguments = { readonly kind: "read"; readonly values: Arguments } | { readonly kind: "wrong"; readonly message: string };

const runsDefault = 20;
const usage = "npm run simulate -- [--seed N] [--runs N] [--seconds N] | --broken";

/** What the command was asked for. A number that is none, or no simulation at all, is a mistake and no success. */
export function readArguments(args: readonly string[]): ReadArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seed: { type: "string" }, runs: { type: "string" }, seconds: { type: "string" }, broken: { type: "boolean" } },
    });
    const seed = wholeNumber("seed", values.seed, 0);
    const runs = wholeNumber("runs", values.runs, 1);
    const seconds = wholeNumber("seconds", values.seconds, 1);
    return {
      kind: "read",
      values: {
        broken: values.broken === true,
        ...(seed === undefined ? {} : { seed }),
        runsMax: runs ?? (seconds === undefined ? runsDefault : Number.POSITIVE_INFINITY),
        secondsMax: seconds ?? Number.POSITIVE_INFINITY,
      },
    };
  } catch (error) {
    return { kind: "wrong", message: `${error instanceof Error ? error.message : String(error)}\nusage: ${usage}` };
  }
}

function wholeNumber(name: string, text: string | undefined, min: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
    throw new Error(`--${name} is "${text}"; it takes a whole number from ${min} on`);
  return value;
}
