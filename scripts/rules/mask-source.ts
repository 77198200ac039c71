// Rules about code must not stumble over text: what a comment or a string says is no import and no call.

/** A slash after one of these begins a regular expression; after anything else it divides. */
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|yield|await|throw|else|do))$/;

/**
 * The source with the contents of comments, strings, templates and regular expressions blanked. Every character keeps
 * its place and lines stay lines; quotes stay, and so does the code inside `${…}`.
 */
export function maskSource(source: string): string {
  let out = "";
  let at = 0;
  /** For each template whose `${` is open: how many braces inside it are. */
  const open: number[] = [];

  const keep = (count: number): void => {
    out += source.slice(at, at + count);
    at += count;
  };
  const blankTo = (end: number): void => {
    out += source.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  const template = (): void => {
    const end = endOfTemplate(source, at);
    blankTo(end);
    if (source.startsWith("${", at)) {
      keep(2);
      open.push(0);
    } else keep(1);
  };

  while (at < source.length) {
    const char = source[at];
    const inTemplate = open.length - 1;
    if (source.startsWith("//", at)) blankTo(endOr(source, source.indexOf("\n", at)));
    else if (source.startsWith("/*", at)) blankTo(endOr(source, source.indexOf("*/", at), 2));
    else if (char === '"' || char === "'") {
      keep(1);
      blankTo(endOfQuoted(source, at, char));
      keep(1);
    } else if (char === "`") {
      keep(1);
      template();
    } else if (char === "}" && open[inTemplate] === 0) {
      open.pop();
      keep(1);
      template();
    } else if (char === "/" && beforeRegex.test(out.trimEnd())) {
      keep(1);
      blankTo(endOfRegex(source, at));
      keep(1);
    } else {
      if (inTemplate >= 0 && char === "{") open[inTemplate] = (open[inTemplate] ?? 0) + 1;
      if (inTemplate >= 0 && char === "}") open[inTemplate] = (open[inTemplate] ?? 0) - 1;
      keep(1);
    }
  }
  return out;
}

function endOr(source: string, found: number, length = 0): number {
  return found < 0 ? source.length : found + length;
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let at = from;
  while (at < source.length && source[at] !== quote && source[at] !== "\n") at += source[at] === "\\" ? 2 : 1;
  return at;
}

/** Where the text of a template stops: at its closing backtick, or at the next `${`. */
function endOfTemplate(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== "`" && !source.startsWith("${", at)) at += source[at] === "\\" ? 2 : 1;
  return at;
}

/** A slash inside a class does not end the expression. */
function endOfRegex(source: string, from: number): number {
  let isInClass = false;
  let at = from;
  while (at < source.length && source[at] !== "\n" && (isInClass || source[at] !== "/")) {
    if (source[at] === "[") isInClass = true;
    if (source[at] === "]") isInClass = false;
    at += source[at] === "\\" ? 2 : 1;
  }
  return at;
}
