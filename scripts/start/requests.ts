const answerMsMax = 2_000;
const waitMsMax = 60_000;
const lookMs = 100;

/** Resolves when it holds. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const give = performance.now() + waitMsMax;
  while (!(await holds())) {
    if (performance.now() > give) throw new Error(`waited ${waitMsMax / 1_000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** `undefined`: nobody answers yet. */
export async function ask<Body>(url: string): Promise<Body | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) });
    return response.ok ? ((await response.json()) as Body) : undefined;
  } catch {
    return undefined; // Not up yet.
  }
}

export interface PostOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function post<Body>(url: string, body: unknown, { method = "POST", headers = {} }: PostOptions = {}): Promise<Body> {
  const response = await fetch(url, { method, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
}
