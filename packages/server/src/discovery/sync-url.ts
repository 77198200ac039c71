// Syncs: whom the server asks to register, what comes of it, and which of two processes with one id has it.
//
// S1. A sync has succeeded when the registration that answers it was taken, and not when any other was.
// S2. An app stays at its address while it answers there as itself. What another process registers under its id, because this
//     server found it or asks it again, is turned away and told. So no two of them archive each other's functions in turn.
// S3. A person's wish moves it at once: a sync that was asked for over the API or with -u, or a registration that the app
//     makes by itself. So does the silence of the old address.

import type { Engine, SyncAppOutcome } from "@stepwell/engine";
import { type ErrorCode, limits, normaliseAppUrl, parseInBandSync, type RegisterRequest } from "@stepwell/protocol";
import type { AppRecord } from "@stepwell/store";
import type { ServerSettings } from "../settings.ts";
import { askApp, meaningOf, type SyncKind, whereToLook } from "./ask-app.ts";
import { type AnswersWhat, type AskedBy, type OpenAsk, OpenAsks } from "./open-asks.ts";
import { type Rival, Rivals } from "./rivals.ts";

export type SyncResult =
  | { readonly kind: "synced" }
  | { readonly kind: "failed"; readonly message: string; readonly code?: ErrorCode; readonly isUnreachable?: true };

export interface SyncOptions {
  readonly kind?: SyncKind;
  /** Default: a person. */
  readonly askedBy?: AskedBy;
}

export interface AppSyncer {
  /**
   * Resolves when the app has answered; an app that registers does so while it is being asked. In band, the app is asked
   * to say what it runs in its answer; one that declines registers as usual.
   */
  sync(url: string, options?: SyncOptions): Promise<SyncResult>;
  /** An app says what it runs; it is taken or refused as a whole. */
  register(request: RegisterRequest, answers: AnswersWhat): Promise<SyncAppOutcome>;
  /**
   * The registration of an app that had been asked could not be read or let in, and why; the app says nothing of that to
   * whoever asked it.
   */
  refused(reason: string, answers: AnswersWhat, appName?: string): void;
  /** When the address last registered, in wall ms. */
  lastRegisteredAt(url: string): number | undefined;
  /** Addresses that were asked last in vain and belong to no known app, with the reason. */
  failures(): readonly SyncFailure[];
  /** Other addresses that register the app's id, and are turned away. */
  rivals(appName: string): readonly Required<Rival>[];
  /** Those of all apps; with addresses that apps have moved from and that were not asked since, or without. */
  rivalUrls(params?: { readonly isSeen?: boolean }): readonly string[];
  /** The app was taken away. */
  forget(appName: string): void;
}

export interface SyncFailure {
  readonly url: string;
  readonly message: string;
  /** Of the last try, in wall ms. */
  readonly triedAt: number;
}

export interface AppSyncerParts {
  readonly engine: Engine;
  readonly settings: ServerSettings;
  readonly wallNow: () => number;
  /** Where apps reach this server, once it listens. */
  readonly ownUrl?: () => string;
  /** Addresses that were named when the server was started. */
  readonly namedUrls?: readonly string[];
}

/** Anybody who may ask for a sync may name any address; the oldest go first. */
const failuresMax = 100;
/** Whoever registers meanwhile is waiting for its answer, which SDKs do for ten seconds. */
const holderMsMax = 3_000;

export function appSyncer(parts: AppSyncerParts): AppSyncer {
  return new Syncer(parts);
}

class Syncer implements AppSyncer {
  readonly #parts: AppSyncerParts;
  readonly #registeredAt = new Map<string, number>();
  readonly #failures = new Map<string, SyncFailure>();
  readonly #asks = new OpenAsks();
  readonly #rivals = new Rivals();

  constructor(parts: AppSyncerParts) {
    this.#parts = parts;
  }

  sync(url: string, { kind = "out_of_band", askedBy = "person" }: SyncOptions = {}): Promise<SyncResult> {
    return this.#ask(this.#asks.open(url, askedBy), kind, limits.syncMsMax);
  }

  async register(request: RegisterRequest, answers: AnswersWhat): Promise<SyncAppOutcome> {
    return this.#take(request, this.#asks.find(answers), answers.wasAsked);
  }

  refused(reason: string, answers: AnswersWhat, appName?: string): void {
    const ask = this.#asks.find(answers);
    if (ask === undefined) return;
    ask.refusal = reason;
    ask.appName = appName;
  }

  lastRegisteredAt(url: string): number | undefined {
    return this.#registeredAt.get(normaliseAppUrl(url));
  }

  failures(): readonly SyncFailure[] {
    return [...this.#failures.values()].filter(({ url }) => this.#appAt(url) === undefined);
  }

  rivals(appName: string): readonly Required<Rival>[] {
    return this.#rivals.of(appName);
  }

  rivalUrls({ isSeen = false }: { readonly isSeen?: boolean } = {}): readonly string[] {
    const rivals = this.#rivals.all();
    return (isSeen ? rivals.filter(({ seenAt }) => seenAt !== undefined) : rivals).map(({ url }) => url);
  }

  forget(appName: string): void {
    this.#rivals.forgetApp(appName);
  }

  async #ask(ask: OpenAsk, kind: SyncKind, msMax: number): Promise<SyncResult> {
    const { url, syncId } = ask;
    try {
      const answer = await askApp({ url, kind, syncId, msMax }, this.#parts);
      if (answer.kind === "in_band") await this.#takeInBand(answer.body, ask);
      // What counts is the registration that came in, whatever the app then says to the one who asked it.
      if (ask.isTaken) return { kind: "synced" };
      if (ask.refusal !== undefined) return await this.#failed(ask, { message: ask.refusal });
      if (answer.kind === "failed") return await this.#failed(ask, answer);
      if (answer.kind === "refused") return await this.#failed(ask, { message: meaningOf(answer.status, this.#parts) });
      return await this.#failed(ask, { message: `the app answered the sync and registered elsewhere${whereToLook(this.#parts)}` });
    } finally {
      this.#asks.close(ask);
    }
  }

  /** What the app said of itself, taken or refused as a registration would be. */
  async #takeInBand(body: string, ask: OpenAsk): Promise<void> {
    const parsed = parseInBandSync(body);
    if (parsed.kind === "register") return void (await this.#take(parsed.request, ask, true));
    if (parsed.appName !== undefined) await this.#parts.engine.setAppError({ appName: parsed.appName, error: parsed.message });
    ask.refusal = parsed.message;
    ask.appName = parsed.appName;
  }

  async #take(request: RegisterRequest, ask: OpenAsk | undefined, wasAsked: boolean): Promise<SyncAppOutcome> {
    const { engine, wallNow } = this.#parts;
    const { appName, url } = request;
    if (ask !== undefined) ask.appName = appName;
    const isServersWish = ask === undefined ? wasAsked : ask.askedBy === "server";
    const before = this.#heldElsewhere(request);
    const holder = isServersWish ? await this.#holderOf(request) : undefined;
    const outcome = holder === undefined ? await engine.syncApp(request) : this.#turnedAway(request, holder);
    if (outcome.kind === "refused") {
      if (ask !== undefined) ask.refusal = outcome.message;
      return outcome;
    }
    if (ask !== undefined) {
      ask.isTaken = true;
      this.#failures.delete(normaliseAppUrl(ask.url));
    }
    this.#registeredAt.set(normaliseAppUrl(url), wallNow());
    this.#failures.delete(normaliseAppUrl(url));
    this.#rivals.forget(url);
    // Whoever is still there is a rival now; whether anybody is turns out when the address is asked.
    if (before !== undefined) this.#rivals.add(appName, { url: before.url });
    return outcome;
  }

  /** The app that has the id and does not give it up. */
  async #holderOf(request: RegisterRequest): Promise<AppRecord | undefined> {
    for (;;) {
      const holder = this.#heldElsewhere(request);
      if (holder === undefined || (this.#isNamed(request.url) && !this.#isNamed(holder.url))) return undefined;
      const ask = this.#asks.open(holder.url, "server");
      await this.#ask(ask, "out_of_band", holderMsMax);
      // Also one whose registration is refused for another reason is there.
      if (ask.appName === holder.name) return holder;
      const now = this.#heldElsewhere(request);
      if (now === undefined || now.url === holder.url) return undefined;
    }
  }

  #heldElsewhere({ appName, url }: RegisterRequest): AppRecord | undefined {
    const holder = this.#parts.engine.apps().find(({ name }) => name === appName);
    return holder === undefined || normaliseAppUrl(holder.url) === normaliseAppUrl(url) ? undefined : holder;
  }

  #turnedAway({ appName, url }: RegisterRequest, holder: AppRecord): SyncAppOutcome {
    this.#rivals.add(appName, { url, seenAt: this.#parts.wallNow() });
    const message =
      `the app at ${holder.url} has the id "${appName}" and answers, so that what ${url} registers under it is not taken. ` +
      "Stop one of the two, or give it an id of its own; to move the app, sync it at its new address";
    return { kind: "refused", code: "app_id_taken", message, problems: [] };
  }

  #isNamed(url: string): boolean {
    return (this.#parts.namedUrls ?? []).some((named) => normaliseAppUrl(named) === normaliseAppUrl(url));
  }

  async #failed(
    ask: OpenAsk,
    { message, isUnreachable }: { readonly message: string; readonly isUnreachable?: true },
  ): Promise<SyncResult> {
    const { url, appName } = ask;
    const app = this.#appAt(url);
    const isRival = appName !== undefined && this.#rivals.of(appName).some((rival) => normaliseAppUrl(rival.url) === normaliseAppUrl(url));
    const wasRival = this.#rivals.has(url);
    if (!isRival) this.#rivals.forget(url);
    if (app !== undefined) await this.#parts.engine.setAppError({ appName: app.name, error: message });
    // Nobody misses a rival that is gone.
    else if (isUnreachable === true && wasRival && !this.#isNamed(url)) this.#failures.delete(normaliseAppUrl(url));
    else this.#remember({ url, message, triedAt: this.#parts.wallNow() });
    const code = isRival ? ({ code: "app_id_taken" } as const) : {};
    return { kind: "failed", message, ...code, ...(isUnreachable === undefined ? {} : { isUnreachable }) };
  }

  #appAt(url: string): AppRecord | undefined {
    return this.#parts.engine.apps().find((each) => normaliseAppUrl(each.url) === normaliseAppUrl(url));
  }

  #remember(failure: SyncFailure): void {
    const key = normaliseAppUrl(failure.url);
    this.#failures.delete(key);
    this.#failures.set(key, failure);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > failuresMax && oldest !== undefined) this.#failures.delete(oldest);
  }
}
