import { posix } from "node:path";

interface Page {
  readonly path: string;
  readonly text: string;
}

const scheme = /^[a-z][a-z0-9+.-]*:/i;

/**
 * One line for each link of a Markdown page to a file or a heading that does not exist. `paths` are all files of the
 * repository; links out of it are not followed.
 */
export function brokenLinks(pages: readonly Page[], paths: readonly string[]): readonly string[] {
  const files = new Set(paths);
  const folders = new Set(paths.flatMap((path) => ancestors(path)));
  const anchors = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
  return pages.flatMap(({ path, text }) =>
    linksOf(text)
      .filter((link) => !scheme.test(link))
      .flatMap((link) => {
        const [target = "", anchor] = link.split("#");
        const to = target === "" ? path : posix.join(posix.dirname(path), decodeURI(target)).replace(/\/$/, "");
        if (!files.has(to) && !folders.has(to)) return [`${path} links to ${link}, which does not exist`];
        if (anchor === undefined || anchors.get(to)?.has(anchor) !== false) return [];
        return [`${path} links to ${link}, and ${to} has no such heading`];
      }),
  );
}

/** `[text](target)` and `[label]: target`, outside of code. */
function linksOf(text: string): readonly string[] {
  const prose = withoutCode(text).replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(<?(?<link>[^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+<?(?<label>[^\s>]+)/gm)].map(
    ({ groups }) => groups?.["link"] ?? groups?.["label"] ?? "",
  );
}

/** Headings as the usual viewers name them: lower case, words joined by hyphens, `-1` for the second of a name. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutCode(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const base = words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let anchor = base;
    for (let number = 1; anchors.has(anchor); number += 1) anchor = `${base}-${number}`;
    anchors.add(anchor);
  }
  for (const [, id = ""] of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

function withoutCode(text: string): string {
  return text.replace(/^ *(```+|~~~+)[\s\S]*?^ *\1/gm, "");
}

function ancestors(path: string): readonly string[] {
  const folder = posix.dirname(path);
  return folder === "." ? ["."] : [folder, ...ancestors(folder)];
}
