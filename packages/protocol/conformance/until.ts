const waitMsMax = 30_000;
const pauseMsMin = 8;
const pauseMsMax = 60;

/** Asks again and again until there is an answer, which is returned. */
export async function until<Value>(what: string, ask: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  const end = Date.now() + waitMsMax;
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 1.4, pauseMsMax)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${waitMsMax} ms in vain for ${what}`);
    await pause(pauseMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
