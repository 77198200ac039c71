import type { ClientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printJsonLine, printText, terminalWidth } from "../print.ts";
import { formatTable } from "../table.ts";
import { ago } from "../time-text.ts";

/** What `GET /api/v1/alerts` says. */
interface AlertsReport {
  readonly lookedAt: string | null;
  readonly rules: readonly {
    readonly name: string;
    readonly kind: string;
    readonly channels: readonly string[];
    readonly state: string;
    readonly firing: readonly { readonly subject: string; readonly text: string; readonly since: string }[];
  }[];
  readonly channels: readonly { readonly name: string; readonly to: string; readonly pending: number; readonly lastError: string | null }[];
}

const heads = ["STATE", "RULE", "SINCE", "TO", "WHAT"];

export const alertsList: ClientCommand = {
  name: "alerts list",
  args: "",
  summary: "shows the rules of alerts, what they tell of now, and channels that cannot be reached",
  flags: [],
  examples: ["stepwell alerts list", "stepwell alerts list --json"],
  async run(context) {
    const report = (await context.client.get("/api/v1/alerts"))["data"] as unknown as AlertsReport;
    if (context.has("json")) printJson({ data: report });
    else if (context.has("jsonl")) for (const rule of report.rules) printJsonLine(rule);
    else printTable(report, context.has("quiet"));
    return exitCodes.done;
  },
};

function printTable({ rules, channels }: AlertsReport, isQuiet: boolean): void {
  const width = terminalWidth();
  const now = width === undefined ? undefined : Date.now();
  const rows = rules.flatMap(({ name, state, channels: to, firing }) => {
    const shown = firing.length === 0 ? [{ since: "", text: "" }] : firing;
    return shown.map(({ since, text }) => [state, name, since === "" || now === undefined ? since : ago(since, now), to.join(", "), text]);
  });
  if (rows.length > 0 || width === undefined) printText(formatTable({ heads, rows, width, shrinking: heads.indexOf("WHAT") }));
  if (isQuiet) return;
  if (rows.length === 0) printHint('no alerts are configured: they are the section "alerts" of the configuration file');
  for (const { name, to, pending, lastError } of channels)
    if (lastError !== null)
      printHint(`${name} (${to}) could not be reached, ${pending} ${pending === 1 ? "notice waits" : "notices wait"}: ${lastError}`);
}
