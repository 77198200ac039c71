// A package with one of each kind of thing that is offered, for tests of the rule.

/** Its files: what is offered, and the package itself. */
export const smallPackage: Readonly<Record<string, string>> = {
  "/offered.ts": `
import type { Client, Hooks, Logger, Options, Step } from "./package.ts";
export interface Written { readonly create: Options; readonly hooks: Hooks }
export interface Called { readonly client: Pick<Client, "send" | "define">; readonly step: Step }
export type Given = Logger;
`,
  "/package.ts": `
export interface Logger { info(text: string): void }
export interface Limit { readonly count: number; readonly key?: string }
export interface Options {
  readonly id: string;
  readonly logger?: Logger;
  readonly limit?: number | Limit | readonly Limit[];
  /** @deprecated limit */
  readonly max?: number;
  readonly onEnd?: (end: { readonly why: string }) => void;
}
export type Trigger = { readonly event: string; readonly cron?: undefined } | { readonly cron: string; readonly event?: undefined };
export abstract class Hooks {
  static onRegister?(): void;
  before?(): void;
  after?(): void;
}
export interface Step {
  sleep(id: string, options?: { readonly ms: number }): void;
  readonly runId: string;
}
export class Client {
  readonly #secret = 1;
  send(event: { readonly name: string }): void {}
  define<const On extends Trigger>(options: Options & { readonly on?: On }, run: (context: { readonly step: Step }) => void): On | undefined {
    return options.on;
  }
}
export const create = (options: Options): Options => options;
`,
};
