import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The first Node of that version on the PATH. */
export async function findNode(major: number): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(folder, process.platform === "win32" ? "node.exe" : "node");
    const told = await promisify(execFile)(node, ["--version"]).catch(() => undefined);
    if (told?.stdout.startsWith(`v${major}.`) === true) return node;
  }
  return undefined;
}
