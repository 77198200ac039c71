import type { QueryReads } from "./query-reads.ts";

/**
 * How the fields of one type come from what stands for it, a row of the store in most cases. A field without an entry is the
 * source's own property of its name.
 */
export type Resolvers<Source> = Readonly<
  // biome-ignore lint/suspicious/noExplicitAny: the schema has checked the arguments; each field knows the shape of its own.
  Record<string, (source: Source, reads: QueryReads, args: any) => unknown>
>;
