/** A page or a file of source. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Code that stands on a page. */
export interface ShownCode {
  readonly page: string;
  /** The number of its first line on the page. */
  readonly at: number;
  readonly lines: readonly string[];
}

/** Lines of a file. */
export interface FileLines {
  readonly file: string;
  /** From 1; both are among them. */
  readonly first: number;
  readonly last: number;
}

const languages = new Set(["ts", "js", "tsx", "jsx", "mts", "mjs"]);

/** The code of a page, but for other languages'. */
export function shownCode({ path, text }: TextFile): readonly ShownCode[] {
  return [...text.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```/gm)]
    .filter(([, language = ""]) => languages.has(language))
    .map((match) => ({
      page: path,
      at: text.slice(0, match.index).split("\n").length + 1,
      lines: (match[2] ?? "").replace(/\n$/, "").split("\n"),
    }));
}

/** Where a file has the code, line by line, whatever its indentation there. */
export function placesOf({ lines }: ShownCode, { path, text }: TextFile): readonly FileLines[] {
  const source = text.split("\n");
  return source.flatMap((_, start) =>
    standsAt(source, start, lines) ? [{ file: path, first: start + 1, last: start + lines.length }] : [],
  );
}

function standsAt(source: readonly string[], start: number, lines: readonly string[]): boolean {
  const [first = ""] = lines;
  const line = source[start] ?? "";
  const indent = line.slice(0, line.length - first.length);
  if (!line.endsWith(first) || indent.trim() !== "") return false;
  return lines.every((each, offset) => source[start + offset] === (each === "" ? "" : indent + each));
}
