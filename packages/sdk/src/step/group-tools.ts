/** Ways to bring steps together. */
export interface GroupTools {
  /** Runs steps side by side. With `mode: "race"` what waits for the first of them goes on as soon as one settles. */
  parallel<T>(callback: () => Promise<T>): Promise<T>;
  parallel<T>(options: { readonly mode?: "race" }, callback: () => Promise<T>): Promise<T>;
  /** The first branch that settles decides; what the others wait for is called off. */
  race<const Branches extends readonly (() => Promise<unknown>)[]>(branches: Branches): Promise<Awaited<ReturnType<Branches[number]>>>;
}
