import { nearest } from "@stepwell/protocol";
import { askYes, canAsk } from "../ask-yes.ts";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import type { DoctorReport } from "../doctor/doctor-report.ts";
import { type Check, checks, type Finding } from "../doctor/finding.ts";
import { findingsText } from "../doctor/findings-text.ts";
import type { RepairResult } from "../doctor/repair.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printJson, printText } from "../print.ts";

const names = Object.keys(checks) as readonly Check[];

export const doctor: ClientCommand = {
  name: "doctor",
  args: "",
  summary: "finds out what is wrong and says how to put it right; exit code 9 when there is a problem",
  flags: [
    { name: "check", value: "id,…", isList: true, help: `only these: ${names.join(", ")}` },
    { name: "list", help: "say what is looked at, and look at nothing" },
    { name: "fix", help: "put right what can be without losing anything: rights, a damaged lock, missing keys, failed registrations" },
    { name: "yes", short: "y", help: "answers the questions of --fix" },
  ],
  examples: [
    "stepwell doctor",
    "stepwell doctor --check keys,apps --json",
    "stepwell doctor --check server -q",
    "stepwell doctor --fix --yes",
  ],
  async run(context) {
    const wanted = wantedChecks(context);
    if (context.has("list")) {
      if (context.has("json")) printJson({ data: wanted.map((id) => ({ id, text: checks[id] })) });
      else printText(wanted.map((id) => `${id.padEnd(10)} ${checks[id]}`).join("\n"));
      return exitCodes.done;
    }
    const before = await sortedFindings(context, wanted);
    const repairs = context.has("fix") ? await makeRepairs(context, before) : undefined;
    // What was repaired is looked at again: the answer is how things are now.
    const findings = repairs === undefined || repairs.length === 0 ? before : await sortedFindings(context, wanted);
    const problems = findings.filter(({ status }) => status === "problem").length;
    const warnings = findings.filter(({ status }) => status === "warning").length;
    if (context.has("json") || context.has("jsonl"))
      printJson({ data: { findings, problems, warnings, ...(repairs === undefined ? {} : { repairs }) } });
    else {
      if (repairs !== undefined && repairs.length > 0) printText(repairs.map(repairLine).join("\n"));
      if (!context.has("quiet")) printText(findingsText(findings));
    }
    return problems > 0 ? exitCodes.checkFailed : exitCodes.done;
  },
};

async function sortedFindings(context: ClientContext, wanted: readonly Check[]): Promise<readonly Finding[]> {
  const findings = wantedOf(await look(context, wanted), wanted);
  return names.flatMap((name) => findings.filter(({ check }) => check === name));
}

/** One after the other, each asked about unless `--yes` is given. */
async function makeRepairs(context: ClientContext, findings: readonly Finding[]): Promise<readonly RepairResult[]> {
  const wanted = findings.flatMap(({ repair }) => repair ?? []);
  if (wanted.length === 0) return [];
  const { makeRepair, repairText } = await import("../doctor/repair.ts");
  if (!context.has("yes") && !canAsk())
    throw new CommandError(exitCodes.usage, "usage", "--fix asks before each repair, and nobody can be asked here", [
      ...wanted.map((repair) => `it would ${repairText(repair)}`),
      "--yes makes all of them",
    ]);
  const results: RepairResult[] = [];
  for (const repair of wanted) {
    const text = repairText(repair);
    const isWanted = context.has("yes") || (await askYes(`${text}?`));
    results.push(isWanted ? await makeRepair(repair, context.client) : { state: "declined", text });
  }
  return results;
}

const repairMarks = { done: "✓ repaired", failed: "✕ not repaired", declined: "– left as it is" } as const;

function repairLine({ state, text, detail }: RepairResult): string {
  return `  ${repairMarks[state]}: ${text}${detail === undefined ? "" : `: ${detail}`}`;
}

/** With what keeps a wanted one from being looked at: a check that could not be made must not pass. */
function wantedOf(findings: readonly Finding[], wanted: readonly Check[]): readonly Finding[] {
  const isHindered = findings.some(({ check, status }) => status === "skipped" && wanted.includes(check));
  return findings.filter(
    ({ check, status }) => wanted.includes(check) || (isHindered && status === "problem" && ["server", "keys", "version"].includes(check)),
  );
}

function wantedChecks({ texts }: ClientContext): readonly Check[] {
  const given = texts("check")
    .flatMap((text) => text.split(","))
    .map((text) => text.trim());
  for (const id of given) {
    if (names.some((name) => name === id)) continue;
    const near = nearest(id, names);
    throw new CommandError(exitCodes.usage, "usage", `there is no check "${id}"${near === undefined ? "" : `; did you mean "${near}"?`}`, [
      "stepwell doctor --list shows them",
    ]);
  }
  return given.length === 0 ? names : names.filter((name) => given.includes(name));
}

/** A container asks every few seconds whether the server is up: that alone must load and ask little. */
async function look(context: ClientContext, wanted: readonly Check[]): Promise<readonly Finding[]> {
  const server = await serverFinding(context);
  if (wanted.every((check) => check === "server")) return [server];
  const { nodeFindings, settingFindings, localDatabaseFindings } = await import("../doctor/local-findings.ts");
  const sources = { args: [], env: context.env, cwd: process.cwd() };
  const local = [server, ...nodeFindings(), ...(await settingFindings(sources))];
  if (server.status !== "ok")
    return withOptionsOk([...local, ...(await localDatabaseFindings(sources)), ...notLookedAt("the server does not answer")]);
  const report = await reportOf(context);
  if ("check" in report) {
    const others = notLookedAt("the server says nothing without its key").filter(({ check }) => check !== report.check);
    return withOptionsOk([...local, report, ...others]);
  }
  return withOptionsOk([...local, ...(await serverFindings(report))]);
}

async function serverFinding({ client }: ClientContext): Promise<Finding> {
  const before = performance.now();
  try {
    const answer = await client.get("/health");
    if (answer["message"] !== "OK")
      return {
        check: "server",
        status: "problem",
        text: `what answers at ${client.baseUrl} is not a Stepwell server`,
        advice: "Choose another: --server, STEPWELL_SERVER_URL",
      };
    return { check: "server", status: "ok", text: `${client.baseUrl} answers in ${Math.round(performance.now() - before)} ms` };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { check: "server", status: "problem", text: error.message, advice: error.details.join("\n                    ") };
  }
}

interface TimedReport {
  readonly report: DoctorReport;
  /** When it was made, by this machine's clock. */
  readonly at: number;
}

async function reportOf({ client }: ClientContext): Promise<TimedReport | Finding> {
  const before = Date.now();
  try {
    // The server notes its time as it begins; it then asks the apps, which may take long.
    const report = (await client.get("/api/v1/doctor"))["data"] as unknown as DoctorReport;
    return { report, at: Math.min(Date.now(), Math.max(before, report.now)) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const check = error.exitCode === exitCodes.notAllowed ? "keys" : "version";
    return { check, status: "problem", text: error.message, advice: error.details.join(" ") };
  }
}

async function serverFindings({ report, at }: TimedReport): Promise<readonly Finding[]> {
  const find = await import("../doctor/server-findings.ts");
  const local = { version: (await import("../version.ts")).version, now: at };
  return [
    ...find.versionFindings(report, local),
    ...find.databaseFindings(report),
    ...find.diskFindings(report),
    ...find.clockFindings(report, local),
    ...find.keyFindings(report),
    ...find.appFindings(report),
    ...find.optionFindings(report),
  ];
}

const ofTheServer: readonly Check[] = ["version", "clock", "keys", "apps"];

function notLookedAt(text: string): readonly Finding[] {
  return ofTheServer.map((check) => ({ check, status: "skipped", text: `not looked at: ${text}` }));
}

function withOptionsOk(findings: readonly Finding[]): readonly Finding[] {
  if (findings.some(({ check }) => check === "options")) return findings;
  return [...findings, { check: "options", status: "ok", text: "every setting and option that could be seen is known and has its effect" }];
}
