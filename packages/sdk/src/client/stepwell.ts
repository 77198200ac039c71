import { StepwellError } from "@stepwell/protocol";
import type { EventsOf } from "../define/event-schemas.ts";
import type { FailureContext, FunctionContext } from "../define/function-context.ts";
import type { FunctionOptions } from "../define/function-options.ts";
import { clientOptionNames, functionOptionNames } from "../define/option-names.ts";
import type { StandardSchemaV1 } from "../define/standard-schema.ts";
import { StepwellFunction, type UntypedHandler } from "../define/stepwell-function.ts";
import type { EventOfTriggers, InvokeDataOf, Trigger, TriggersInput } from "../define/trigger.ts";
import { checkOptionNames } from "../errors/check-option-names.ts";
import { checkRetries } from "../errors/check-retries.ts";
import type { Logger } from "../log/logger.ts";
import type { ContextAdded } from "../middleware/context-added.ts";
import { type AnyMiddleware, registerMiddleware } from "../middleware/register-middleware.ts";
import type { SendPayload } from "../step/step-tools.ts";
import type { ClientOptions } from "./client-options.ts";
import { transportOf } from "./client-transport.ts";
import { crossing } from "./crossing.ts";
import { type Environment, readEnvironment, type Variables } from "./environment.ts";
import { HttpTransport } from "./http-transport.ts";
import { sendEvents } from "./send-events.ts";

type EventsOfClient<Options> = Options extends { readonly schemas: infer Schemas } ? EventsOf<Schemas> : object;
type AddedTo<Options> = Options extends { readonly middleware: infer List } ? ContextAdded<List> : unknown;

/** What a handler of a function with these triggers is called with. */
export type HandlerContext<Client, Own, Triggers> = FunctionContext<
  EventOfTriggers<Triggers, EventsOfClient<Client>>,
  EventsOfClient<Client>
> &
  AddedTo<Client> &
  AddedTo<Own>;

type FailureHandler<Client, Triggers> = (
  context: FailureContext<EventOfTriggers<Triggers, EventsOfClient<Client>>, EventsOfClient<Client>> & AddedTo<Client>,
) => unknown;

/** Options of a function with middleware of its own, whose type tells what it adds. */
interface OptionsWith<Client, Own, Triggers> extends Omit<FunctionOptions<EventsOfClient<Client>>, "middleware"> {
  readonly middleware?: Own;
  /** Called when a run has failed for good. */
  readonly onFailure?: FailureHandler<Client, Triggers>;
}

/** The client of an app: it defines functions and sends events. */
export class Stepwell<const Options extends ClientOptions = ClientOptions> {
  readonly [Symbol.toStringTag] = "Inngest.App";
  readonly id: string;
  readonly http: HttpTransport;
  readonly logger: Logger;
  /** Where this package itself writes. */
  readonly internalLogger: Logger;
  /** For TypeScript alone. */
  declare readonly "~events"?: EventsOfClient<Options>;
  #options: ClientOptions;
  readonly #functions: StepwellFunction[] = [];
  #variables: Variables = {};
  #environment: Environment | undefined;

  constructor(options: Options) {
    if (typeof options?.id !== "string" || options.id === "")
      throw new StepwellError("function_id_invalid", 'the client needs an id: new Stepwell({ id: "my-app" })', { retryable: false });
    this.id = options.id;
    this.#options = options;
    this.logger = options.logger ?? console;
    this.internalLogger = options.internalLogger ?? this.logger;
    checkOptionNames(`the client "${this.id}"`, options, clientOptionNames, (sentence) => this.internalLogger.warn(sentence));
    this.http = new HttpTransport(() => this);
    this.setEnvVars((globalThis as { readonly process?: { readonly env?: Variables } }).process?.env ?? {});
    registerMiddleware(options.middleware ?? [], this, null);
  }

  get options(): ClientOptions {
    return this.#options;
  }

  /** Says more of the server and the keys, as `serve` may; it goes before what the client was made with. */
  configure(more: Pick<ClientOptions, "signingKey" | "signingKeyFallback" | "baseUrl" | "fetch">): void {
    this.#options = { ...this.#options, ...more };
    this.#environment = undefined;
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

  /** `dev` or `cloud`. */
  get mode(): "dev" | "cloud" {
    return this.environment.mode === "dev" ? "dev" : "cloud";
  }

  get env(): string | null {
    return this.environment.branch ?? null;
  }

  get appVersion(): string | undefined {
    return this.options.appVersion;
  }

  get eventKey(): string | undefined {
    return this.environment.eventKey;
  }

  get signingKey(): string | undefined {
    return this.environment.signingKey;
  }

  get apiBaseUrl(): string | undefined {
    return this.environment.apiBaseUrl;
  }

  get eventBaseUrl(): string | undefined {
    return this.environment.eventBaseUrl;
  }

  get fetch(): typeof fetch {
    return this.options.fetch ?? globalThis.fetch;
  }

  /** There is nothing to wait for. */
  get ready(): Promise<void> {
    return Promise.resolve();
  }

  /** Every function that this client made. */
  get funcs(): readonly StepwellFunction[] {
    return this.#functions;
  }

  /** The schema of an event's data, from the client's `schemas`. */
  schemaOf(event: string): StandardSchemaV1 | undefined {
    return this.options.schemas?.schemaOf(event);
  }

  /** Sends one event or many; resolves with their ids once they are stored. */
  send(
    events: SendPayload<EventsOfClient<Options>> | readonly SendPayload<EventsOfClient<Options>>[],
    options: { readonly env?: string } = {},
  ): Promise<{ ids: string[] }> {
    return sendEvents(this, events as Parameters<typeof sendEvents>[1], options);
  }

  /** Wakes the run that waits for the signal; `runId` is absent when none does. */
  async sendSignal(signal: {
    readonly signal: string;
    readonly data?: unknown;
    readonly env?: string;
  }): Promise<{ runId: string | undefined }> {
    crossing(signal.data, `the signal "${signal.signal}"`);
    return transportOf(this).sendSignal(signal);
  }

  /** Defines a function: `(options with triggers, handler)` or `(options, trigger, handler)`. */
  createFunction<
    Output,
    const Triggers extends TriggersInput<EventsOfClient<Options>> | undefined = undefined,
    const Own extends readonly AnyMiddleware[] = readonly [],
  >(
    options: OptionsWith<Options, Own, Triggers> & { readonly triggers?: Triggers },
    handler: (context: HandlerContext<Options, { readonly middleware: Own }, Triggers>) => Output,
  ): StepwellFunction<Awaited<Output>, InvokeDataOf<Triggers, EventsOfClient<Options>>, EventsOfClient<Options>>;
  createFunction<
    const Triggers extends TriggersInput<EventsOfClient<Options>>,
    Output,
    const Own extends readonly AnyMiddleware[] = readonly [],
  >(
    options: OptionsWith<Options, Own, Triggers>,
    triggers: Triggers,
    handler: (context: HandlerContext<Options, { readonly middleware: Own }, Triggers>) => Output,
  ): StepwellFunction<Awaited<Output>, InvokeDataOf<Triggers, EventsOfClient<Options>>, EventsOfClient<Options>>;
  createFunction(options: object, second: object, third?: (context: never) => unknown): StepwellFunction {
    const isElder = typeof second !== "function";
    const {
      triggers: named,
      onFailure,
      ...rest
    } = options as FunctionOptions & { readonly triggers?: object; readonly onFailure?: unknown };
    const handler = (isElder ? third : second) as UntypedHandler | undefined;
    checkDefinition(rest, handler);
    const all = isElder ? { ...options, triggers: second } : options;
    checkOptionNames(`function "${rest.id}"`, all, functionOptionNames, (sentence) => this.internalLogger.warn(sentence));
    const made = new StepwellFunction({
      client: this as Stepwell,
      options: rest,
      triggers: listOf(isElder ? second : named),
      handler,
      ...(onFailure === undefined ? {} : { onFailure: onFailure as UntypedHandler }),
    });
    registerMiddleware(rest.middleware ?? [], this, made);
    this.#functions.push(made);
    return made;
  }
}

function checkDefinition(options: FunctionOptions, handler: UntypedHandler | undefined): asserts handler is UntypedHandler {
  if (typeof options?.id !== "string" || options.id === "")
    throw new StepwellError("function_id_invalid", 'a function needs an id: createFunction({ id: "my-function", … }, …)', {
      retryable: false,
    });
  if (typeof handler !== "function")
    throw new StepwellError("config_invalid", `function "${options.id}" has no handler: it is the last argument of createFunction`, {
      retryable: false,
    });
  checkRetries(options.id, options.retries);
}

function listOf(triggers: object | undefined): readonly Trigger[] {
  if (triggers === undefined) return [];
  return Array.isArray(triggers) ? (triggers as readonly Trigger[]) : [triggers as Trigger];
}
