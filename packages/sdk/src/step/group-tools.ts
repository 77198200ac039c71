/** Ways to bring steps together. */
export interface GroupTools {
  /** Runs steps side by side. With `mode: "race"` what waits for the first of them goes on as soon as one settles. */
  parallel<T>(callback: () => Promise<T>): Promise<T>;
  parallel<T>(options: { readonly mode?: "race" }, callback: () => Promise<T>): Promise<T>;
  /**
   * The first branch that settles decides, and what the others wait for is called off: sleeps, events, signals, invocations. The
   * code of a step that is under way is finished, and its result ignored. With names the result says which branch it was.
   *
   * @example
   * const winner = await group.race({
   *   paid: () => step.waitForEvent("paid", { event: "invoice/paid", timeout: "30d" }),
   *   late: () => step.sleep("late", "14d"),
   * });
   * if (winner.name === "late") await step.run("remind", remind);
   */
  race<const Branches extends readonly (() => Promise<unknown>)[]>(branches: Branches): Promise<Awaited<ReturnType<Branches[number]>>>;
  race<const Branches extends Readonly<Record<string, () => Promise<unknown>>>>(
    branches: Branches,
  ): Promise<{ [Name in keyof Branches]: { name: Name; value: Awaited<ReturnType<Branches[Name]>> } }[keyof Branches]>;
}
