const areas = "packages|scripts|docs|conformance|benchmarks|examples";
/** Inline code that is nothing but a path: no placeholder, no pattern, no command. */
const mention = new RegExp(`\`((?:${areas})/[\\w./-]*[\\w-])/?\``, "g");

/** One line for each path that a document names and the repository does not have. */
export function missingPaths(path: string, text: string, paths: readonly string[]): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(mention)].flatMap(([, named = ""]) =>
        paths.some((known) => known === named || known.startsWith(`${named}/`))
          ? []
          : [`${path}:${index + 1} names ${named}, which does not exist`],
      ),
    );
}
