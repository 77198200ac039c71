type Later = typeof import("./later.ts");

let later: Later | undefined;

/** What a handler does now and then. Kept, since an import takes a while even of what is loaded. */
export async function loadLater(): Promise<Later> {
  later ??= await import("./later.ts");
  return later;
}
