// What functions are known by from outside: what they take, what they give, and which events their client sends.

import type { SendPayload } from "../step/step-tools.ts";
import type { JsonOf } from "./json-of.ts";
import type { Recorded } from "./recorded.ts";

/** What a function or a reference to one is known to take and to return. */
type TypesOf<Target> = Target extends { readonly "~types"?: infer Types } ? NonNullable<Types> : unknown;

/** What the function takes. */
export type DataFor<Target> = TypesOf<Target> extends { readonly data: infer Data } ? (unknown extends Data ? object : Data) : object;

/** What the function gives whoever invokes it: as a step's result, but that a function without one gives `null`. */
export type OutputOf<Target> = TypesOf<Target> extends { readonly output: infer Output } ? InvokedOutput<Output> : unknown;

type InvokedOutput<Output> =
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what functions without a result return.
  Recorded<Exclude<Output, undefined | void>> | (Output extends undefined | void ? null : never);

/** What is read of its result from outside: plain JSON. */
export type JsonOutputOf<Target> = TypesOf<Target> extends { readonly output: infer Output } ? JsonOf<Output> : unknown;

/** The data as a member of what the function is invoked with; it may be absent where nothing of it has to be there. */
export type DataToBring<Target> = [DataFor<Target>] extends [never]
  ? object
  : Partial<Record<never, never>> extends DataFor<Target>
    ? { readonly data?: DataFor<Target> }
    : { readonly data: DataFor<Target> };

/** What a function is invoked with: the data, where it takes any. */
export type InvokeArguments<Target> =
  Partial<Record<never, never>> extends DataToBring<Target> ? [payload?: DataToBring<Target>] : [payload: DataToBring<Target>];

/** An event as the clients of these functions send it; where one of them knows none, any. */
export type EventToSend<Functions extends readonly unknown[]> = [Functions[number]] extends [never]
  ? SendPayload<object>
  : SentBy<Functions[number]>;

type SentBy<Target> = Target extends Target
  ? TypesOf<Target> extends { readonly events: infer Events }
    ? SendPayload<Events>
    : SendPayload<object>
  : never;
