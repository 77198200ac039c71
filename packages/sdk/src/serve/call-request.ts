/** What is asked of a request that brings a call: it is one of several in a bundle, or a request of its own. */
export interface CallRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<readonly [string, string]> & { get(name: string): string | null | undefined };
}

/** What is asked of a request: one of the web is such, and one of Node's needs not become one. */
export interface ServedRequest extends CallRequest {
  readonly headers: Iterable<readonly [string, string]> & { get(name: string): string | null };
  text(): Promise<string>;
}
