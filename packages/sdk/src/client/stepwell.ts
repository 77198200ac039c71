import { StepwellError } from "@stepwell/protocol";
import type { EventPayload } from "../define/event.ts";
import type { FunctionContext } from "../define/function-context.ts";
import type { FunctionOptions } from "../define/function-options.ts";
import { StepwellFunction, type UntypedHandler } from "../define/stepwell-function.ts";
import type { EventOfTriggers, Trigger, TriggersInput } from "../define/trigger.ts";
import type { Logger } from "../log/logger.ts";
import type { ClientOptions } from "./client-options.ts";
import { transportOf } from "./client-transport.ts";
import { type Environment, readEnvironment, type Variables } from "./environment.ts";
import { HttpTransport } from "./http-transport.ts";

type FunctionInput<Triggers> = FunctionOptions & {
  readonly triggers?: Triggers;
  readonly onFailure?: (context: FunctionContext & { readonly error: Error }) => unknown;
};

/** The client of an app: it defines functions and sends events. */
export class Stepwell {
  readonly [Symbol.toStringTag] = "Inngest.App";
  readonly id: string;
  readonly options: ClientOptions;
  readonly http: HttpTransport;
  readonly logger: Logger;
  /** Where this package itself writes. */
  readonly internalLogger: Logger;
  readonly #functions: StepwellFunction[] = [];
  #variables: Variables = {};
  #environment: Environment | undefined;

  constructor(options: ClientOptions) {
    if (typeof options.id !== "string" || options.id === "")
      throw new StepwellError("function_id_invalid", 'the client needs an id: new Stepwell({ id: "my-app" })', { retryable: false });
    this.id = options.id;
    this.options = options;
    this.logger = options.logger ?? console;
    this.internalLogger = options.internalLogger ?? this.logger;
    this.http = new HttpTransport(() => this);
    this.setEnvVars((globalThis as { readonly process?: { readonly env?: Variables } }).process?.env ?? {});
  }

  /** Where its server is and which keys it has: from the options, then from the variables. */
  get environment(): Environment {
    this.#environment ??= readEnvironment(this.options, this.#variables);
    return this.#environment;
  }

  /** Reads other variables than those of the process: some hosts hand them over with each request. */
  setEnvVars(variables: Variables = {}): this {
    if (variables === this.#variables) return this;
    this.#variables = variables;
    this.#environment = undefined;
    return this;
  }

  /** Those it reads its settings from. */
  get variables(): Variables {
    return this.#variables;
  }

  get fetch(): typeof fetch {
    return this.options.fetch ?? globalThis.fetch;
  }

  /** Every function that this client made. */
  get funcs(): readonly StepwellFunction[] {
    return this.#functions;
  }

  /** Sends one event or many; resolves with their ids once they are stored. */
  send(events: EventPayload | readonly EventPayload[], options: { readonly env?: string } = {}): Promise<{ ids: string[] }> {
    return transportOf(this).sendEvents(Array.isArray(events) ? events : [events as EventPayload], options);
  }

  /** Wakes the run that waits for the signal. */
  sendSignal(signal: { readonly signal: string; readonly data?: unknown }): Promise<{ runId: string | undefined }> {
    return transportOf(this).sendSignal(signal);
  }

  /** Defines a function: `(options with triggers, handler)` or `(options, trigger, handler)`. */
  createFunction<const Triggers extends TriggersInput, Output>(
    options: FunctionInput<Triggers>,
    handler: (context: FunctionContext<EventOfTriggers<Triggers, object>>) => Output,
  ): StepwellFunction<object, Awaited<Output>>;
  createFunction<const Triggers extends TriggersInput, Output>(
    options: FunctionInput<undefined>,
    triggers: Triggers,
    handler: (context: FunctionContext<EventOfTriggers<Triggers, object>>) => Output,
  ): StepwellFunction<object, Awaited<Output>>;
  createFunction(
    options: FunctionInput<TriggersInput | undefined>,
    second: TriggersInput | ((context: never) => unknown),
    third?: (context: never) => unknown,
  ): StepwellFunction<object, never> {
    const isElder = typeof second !== "function";
    const triggers = isElder ? second : options.triggers;
    const handler = (isElder ? third : second) as UntypedHandler;
    const { triggers: _, onFailure, ...rest } = options;
    const made = new StepwellFunction<object, never>({
      client: this,
      options: rest,
      triggers: listOf(triggers),
      handler,
      ...(onFailure === undefined ? {} : { onFailure: onFailure as UntypedHandler }),
    });
    this.#functions.push(made as StepwellFunction);
    return made;
  }
}

function listOf(triggers: TriggersInput | undefined): readonly Trigger[] {
  if (triggers === undefined) return [];
  return Array.isArray(triggers) ? (triggers as readonly Trigger[]) : [triggers as Trigger];
}
