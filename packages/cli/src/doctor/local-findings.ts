// What can be said without a server: this Node, these settings, and the databases that `dev` and `start` would use here.

import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { nearest } from "@stepwell/protocol";
import { type DatabaseInspection, inspectDatabase, isLockDamaged } from "@stepwell/store-sqlite";
import { CommandError } from "../exit-codes.ts";
import type { FlagSources } from "../flag-sources.ts";
import { flagTable } from "../flag-table.ts";
import { readFlags, variablesOf } from "../read-flags.ts";
import { serverOptions } from "../server-options.ts";
import { diskFinding, sizeText } from "./disk-finding.ts";
import type { Finding } from "./finding.ts";
import { ownRights } from "./repair.ts";

export function nodeFindings(): readonly Finding[] {
  // The command does not start on a Node that is too old; which one it is helps whoever reads a report.
  return [{ check: "node", status: "ok", text: `Node ${process.versions.node} runs this command` }];
}

/** Variables that are no flag of `dev` or `start`: of commands, and of SDKs. */
const otherVariables = ["SERVER_URL", "API_KEY", "DEV", "ENV", "BASE_URL", "API_BASE_URL", "EVENT_API_BASE_URL"].concat([
  "SERVE_ORIGIN",
  "SERVE_PATH",
  "STREAMING",
  "LOG_LEVEL",
]);

export async function settingFindings(sources: FlagSources): Promise<readonly Finding[]> {
  const warnings = new Set<string>(unknownVariables(sources.env));
  const problems = new Map<string, CommandError>();
  for (const command of ["dev", "start"] as const) {
    try {
      const settings = await readFlags(command, { ...sources, args: [] });
      for (const notice of settings.notices) warnings.add(notice);
      serverOptions(command, settings, sources);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      problems.set(error.message, error);
    }
  }
  return [
    ...[...problems.values()].map(({ message, details }): Finding => {
      const advice = details.join("; ") || "Neither dev nor start begins with it; correct it, or take it out.";
      return { check: "options", status: "problem", text: message, advice };
    }),
    ...[...warnings].map((text): Finding => ({ check: "options", status: "warning", text })),
  ];
}

function unknownVariables(env: FlagSources["env"]): readonly string[] {
  const known = [
    ...flagTable.flatMap((flag) => variablesOf(flag).flatMap((name) => (flag.isSecret === true ? [name, `${name}_FILE`] : [name]))),
    ...otherVariables.map((name) => `STEPWELL_${name}`),
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith("STEPWELL_") && !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `the environment has ${name}, which is no setting${near === undefined ? "" : `; did you mean ${near}?`}`;
    });
}

/** The databases that are here, when no server said which one it has. */
export async function localDatabaseFindings(sources: FlagSources): Promise<readonly Finding[]> {
  const files = new Set<string>();
  for (const command of ["dev", "start"] as const) {
    const file = await fileOf(command, sources);
    if (file !== undefined && existsSync(file)) files.add(file);
  }
  if (files.size === 0) return [{ check: "database", status: "ok", text: "there is none here yet; dev or start makes it" }];
  return [...files].flatMap((file) => [
    ...rightFindings(file),
    ...lockFindings(file),
    ...inspectionFindings(file, inspectDatabase(file)),
    diskOf(file),
  ]);
}

/** Rights are looked at as they are written down: what a superuser may do says nothing of the user of a service. */
function rightFindings(file: string): readonly Finding[] {
  return [dirname(file), file]
    .filter((path) => (statSync(path).mode & ownRights(path)) !== ownRights(path))
    .map((path) => ({
      check: "database",
      about: path,
      status: "problem",
      text: "its own user may not read and write it, so no server can open the database",
      advice: `chmod u+rw${statSync(path).isDirectory() ? "x" : ""} ${path}, or stepwell doctor --fix`,
      repair: { kind: "make_writable", path },
    }));
}

function lockFindings(file: string): readonly Finding[] {
  if (!isLockDamaged(file)) return [];
  return [
    {
      check: "database",
      about: file,
      status: "problem",
      text: `${file}.lock is damaged: nobody has the database, and nobody can take it`,
      advice: `Remove it: rm ${file}.lock, or stepwell doctor --fix`,
      repair: { kind: "remove_lock", file },
    },
  ];
}

/** Settings that cannot be read are a finding of their own. */
async function fileOf(command: "dev" | "start", sources: FlagSources): Promise<string | undefined> {
  try {
    return serverOptions(command, await readFlags(command, { ...sources, args: [] }), sources).file;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** What a look at a database means while no server answers. */
export function inspectionFindings(file: string, inspection: DatabaseInspection): readonly Finding[] {
  const about = { check: "database", about: file } as const;
  if (inspection.kind === "absent") return [];
  if (inspection.kind === "unreadable")
    return [
      {
        ...about,
        status: "problem",
        text: `it cannot be read: ${inspection.message}`,
        advice: "Bring it back from a backup, or name another with --db.",
      },
    ];
  const findings: Finding[] = [];
  const { owner, bytes, isIntact, isOpenToOthers, migrationsApplied, migrationsPending } = inspection;
  if (owner.kind === "held")
    findings.push({
      ...about,
      status: "warning",
      text: `${owner.pid === undefined ? "a process" : `process ${owner.pid}`} has it open and answers at another address, or not at all`,
      advice: "Name its server with --server <url>, or end that process.",
    });
  if (isIntact === false)
    findings.push({
      ...about,
      status: "problem",
      text: "it is damaged (quick_check)",
      advice: "Bring it back from a backup before a server opens it.",
    });
  if (isOpenToOthers)
    findings.push({
      ...about,
      status: "warning",
      text: "other users of this machine may read or write it, and it holds keys and payloads",
      advice: `chmod 600 ${file}, or stepwell doctor --fix`,
      repair: { kind: "make_private", file },
    });
  if (findings.length > 0) return findings;
  const pending = migrationsPending === 0 ? "" : `, ${migrationsPending} to come`;
  return [
    {
      ...about,
      status: "ok",
      text: `${sizeText(bytes)}, ${migrationsApplied} migrations applied${pending}, not in use${isIntact === true ? ", whole" : ""}`,
    },
  ];
}

function diskOf(file: string): Finding {
  const { bavail, bsize } = statfsSync(dirname(file));
  return diskFinding(bavail * bsize, dirname(file));
}
