// Where in the user's own code an error came from, without what changes from one deploy to the next. Pure.

import { limits } from "@stepwell/protocol";
import { messageTemplate } from "./message-template.ts";

/** Code that is not the user's: of the runtime, of packages, and what has no file. */
const foreign = /node_modules|\bnode:|site-packages|dist-packages|\/lib\/python|\/go\/pkg\/mod\/|\/usr\/local\/go\/|<anonymous>|\bnative\b/;
const linesReadMax = 100;

interface Frame {
  readonly name: string;
  readonly file: string;
}

/** `charge (src/billing.ts)`; nothing where the stack has no line that could be read. */
export function topFrame(stack: string): string | undefined {
  const lines = stack.slice(0, limits.errorStackLengthMax).split("\n").slice(0, linesReadMax);
  const frames = lines.flatMap((line, index) => ownFrame(line, lines[index - 1]) ?? []);
  // Python tells the call that failed last.
  const frame = stack.startsWith("Traceback ") ? frames.at(-1) : frames[0];
  if (frame === undefined) return undefined;
  const file = fileName(frame.file);
  const text = frame.name === "" ? file : `${messageTemplate(frame.name)} (${file})`;
  return text.slice(0, limits.failureFrameLengthMax);
}

function ownFrame(line: string, before: string | undefined): Frame | undefined {
  if (foreign.test(line)) return undefined;
  return nodeFrame(line) ?? pythonFrame(line) ?? goFrame(line, before);
}

/** `    at async charge (file:///app/src/billing.ts:42:7)`, or the place alone. */
function nodeFrame(line: string): Frame | undefined {
  const text = /^\s{0,100}at (.{1,2000}):\d{1,9}\)?$/.exec(line)?.[1];
  if (text === undefined) return undefined;
  const [, name = "", file = ""] = /^(.{0,500}?) \((.{1,1500})$/.exec(text) ?? [text, "", text.replace(/^async /, "")];
  const plain = name.replace(/^(?:async |new )+/, "").replace(/ \[as [^\]]{0,200}\]$/, "");
  return { name: plain, file: file.replace(/:\d{1,9}$/, "") };
}

/** `  File "/app/billing.py", line 26, in charge` */
function pythonFrame(line: string): Frame | undefined {
  const [, file, name = ""] = /^\s*File "([^"]{1,1000})", line \d+(?:, in (\S{1,200}))?/.exec(line) ?? [];
  return file === undefined ? undefined : { name, file };
}

/** `main.charge(…)`, and below it `	/app/billing.go:42 +0x1d`. */
function goFrame(line: string, before: string | undefined): Frame | undefined {
  const file = /^\t(\S{1,1000}\.go):\d+/.exec(line)?.[1];
  return file === undefined ? undefined : { name: before?.replace(/\(.*$/, "").trim() ?? "", file };
}

/** The file and its folder: what is above them is where this deploy happens to lie, and a hash in a name is this build's. */
function fileName(file: string): string {
  const [path = ""] = file.split(/[?#]/);
  return messageTemplate(
    path
      .split(/[/\\]/)
      .slice(-2)
      .join("/")
      .replace(/([-.])(?=[a-z_]*[A-Z\d])[A-Za-z0-9_]{8,}(?=\.\w{1,5}$)/, "$1‹n›"),
  );
}
