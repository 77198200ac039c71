import { textOf } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { releaseOf } from "../release-of.ts";
import { version } from "../version.ts";

export const versionCommand: ClientCommand = {
  name: "version",
  args: "",
  summary: "says which version this command is and which the server is, and whether they fit",
  flags: [],
  examples: ["stepwell version", "stepwell version --server https://stepwell.example.com --json"],
  async run(context) {
    const server = await serverVersion(context);
    const fits = typeof server === "string" ? releaseOf(server) === releaseOf(version) : null;
    if (context.has("json") || context.has("jsonl")) {
      const about = typeof server === "string" ? { url: context.client.baseUrl, version: server } : null;
      printJson({ data: { version, node: process.versions.node, server: about, fits } });
      return exitCodes.done;
    }
    printText(version);
    if (typeof server === "string") printText(`server ${server} at ${context.client.baseUrl}${fits === true ? "" : ": another release"}`);
    else if (!context.has("quiet")) printHint(server.message);
    return exitCodes.done;
  },
};

/** No server, or one that says nothing without its key, is no failure: this command's own version is known. */
async function serverVersion({ client }: ClientContext): Promise<string | CommandError> {
  try {
    const answer = await client.get("/api/v1/server");
    return (
      textOf(answer["version"]) ?? new CommandError(exitCodes.failed, "failed", `the server at ${client.baseUrl} does not say its version`)
    );
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
