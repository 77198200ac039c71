import type { Stepwell } from "../client/stepwell.ts";
import type { FunctionContext } from "./function-context.ts";
import type { FunctionOptions } from "./function-options.ts";
import type { Trigger } from "./trigger.ts";

export type UntypedHandler = (context: FunctionContext) => unknown;

export interface FunctionParts {
  readonly client: Stepwell;
  readonly options: FunctionOptions;
  readonly triggers: readonly Trigger[];
  readonly handler: UntypedHandler;
  readonly onFailure?: UntypedHandler;
}

/** A function as it was defined. It runs nothing by itself: it is given to `serve` or to an engine. */
export class StepwellFunction<Output = unknown, Data = unknown, Events = object> {
  readonly [Symbol.toStringTag] = "Inngest.Function";
  readonly client: Stepwell;
  readonly opts: FunctionOptions & { readonly triggers: readonly Trigger[] };
  readonly handler: UntypedHandler;
  readonly onFailure: UntypedHandler | undefined;
  /** For TypeScript alone. */
  declare readonly "~types"?: { readonly data: Data; readonly output: Output; readonly events: Events };

  constructor({ client, options, triggers, handler, onFailure }: FunctionParts) {
    this.client = client;
    this.opts = { ...options, triggers };
    this.handler = handler;
    this.onFailure = onFailure;
  }

  /** The id within the app, or with a prefix the whole one. */
  id(prefix?: string): string {
    return prefix === undefined || prefix === "" ? this.opts.id : `${prefix}-${this.opts.id}`;
  }

  get name(): string {
    return this.opts.name ?? this.opts.id;
  }

  get description(): string | undefined {
    return this.opts.description;
  }

  /** `<app>-<function>`: its identity on the server. */
  get slug(): string {
    return this.id(this.client.id);
  }
}
