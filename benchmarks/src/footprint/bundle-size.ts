import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type OutputChunk, rolldown } from "rolldown";

/** The frameworks whose handlers are measured. */
export const adapters: readonly string[] = ["hono", "next", "express"];

interface Bundled {
  readonly package: string;
  readonly client: string;
  readonly folder: string;
}

interface Sizes {
  /** What is loaded before anything is asked of it. */
  readonly atStart: number;
  /** With what it loads later, in one file, as bundlers without code splitting make it. */
  readonly inOne: number;
}

/** An application's bundle of the client, and of a handler where one is named, minified and compressed. */
export async function bundleSize({ package: name, client, folder }: Bundled, adapter?: string): Promise<Sizes> {
  const input = join(folder, `${adapter ?? "client"}.mjs`);
  const handler = adapter === undefined ? "" : `export { serve } from "${name}/${adapter}";\n`;
  writeFileSync(input, `export { ${client} } from "${name}";\n${handler}`);
  // What the framework brings is there already, in either case.
  const bundle = await rolldown({
    input,
    platform: "node",
    external: [/^node:/, "next", /^next\//, "hono", /^hono\//, "express"],
    logLevel: "silent",
  });
  const chunksOf = async (codeSplitting: boolean) => {
    const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting });
    return output.filter((part): part is OutputChunk => part.type === "chunk");
  };
  const [split, one] = [await chunksOf(true), await chunksOf(false)];
  await bundle.close();
  return { atStart: compressed(loadedAtStart(split)), inOne: compressed(one) };
}

function loadedAtStart(chunks: readonly OutputChunk[]): readonly OutputChunk[] {
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const chunk of loaded) for (const other of chunks) if (chunk.imports.includes(other.fileName)) loaded.add(other);
  return [...loaded];
}

function compressed(chunks: readonly OutputChunk[]): number {
  return gzipSync(chunks.map(({ code }) => code).join("\n"), { level: 9 }).length;
}
