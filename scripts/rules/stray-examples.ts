interface TextFile {
  readonly path: string;
  readonly text: string;
}

const languages = new Set(["ts", "js", "tsx", "jsx", "mts", "mjs"]);

/**
 * One line for each example of a page that no file has, line by line, whatever its indentation there. What a page shows and
 * nothing runs is wrong sooner or later.
 */
export function strayExamples(pages: readonly TextFile[], files: readonly TextFile[]): readonly string[] {
  const sources = files.map(({ text }) => text.split("\n"));
  return pages.flatMap(({ path, text }) =>
    examplesOf(text)
      .filter(({ lines }) => !sources.some((source) => hasLines(source, lines)))
      .map(({ at }) => `${path}:${at} shows code that stands in no file of docs/examples`),
  );
}

interface Example {
  /** The number of its first line. */
  readonly at: number;
  readonly lines: readonly string[];
}

function examplesOf(text: string): readonly Example[] {
  return [...text.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```/gm)]
    .filter(([, language = ""]) => languages.has(language))
    .map((match) => ({
      at: text.slice(0, match.index).split("\n").length + 1,
      lines: (match[2] ?? "").replace(/\n$/, "").split("\n"),
    }));
}

function hasLines(source: readonly string[], lines: readonly string[]): boolean {
  return source.some((line, start) => {
    const [first = ""] = lines;
    if (!line.endsWith(first) || line.slice(0, line.length - first.length).trim() !== "") return false;
    const indent = line.slice(0, line.length - first.length);
    return lines.every((each, offset) => source[start + offset] === (each === "" ? "" : indent + each));
  });
}
