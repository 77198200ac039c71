// What a server's report means. Pure: the report and this machine's facts in, findings out.

import { formatDuration, limits } from "@stepwell/protocol";
import type { KeyView } from "@stepwell/server";
import { releaseOf } from "../release-of.ts";
import { diskFinding, sizeText } from "./disk-finding.ts";
import type { AppReport, DoctorReport } from "./doctor-report.ts";
import type { Finding } from "./finding.ts";

/** A clock that is off by less is what networks and whole seconds make of a right one. */
const clockOffMsWarned = 2_000;

export interface LocalFacts {
  readonly version: string;
  /** Wall time at the middle of the request, in ms. */
  readonly now: number;
}

export function versionFindings({ version, apps }: DoctorReport, local: LocalFacts): readonly Finding[] {
  const sdks = apps.map(({ id, sdk }) => `${sdk} in ${id}`);
  const text = [`CLI ${local.version}`, `server ${version}`, ...sdks].join(", ");
  if (releaseOf(version) === releaseOf(local.version)) return [{ check: "version", status: "ok", text }];
  return [{ check: "version", status: "warning", text, advice: `Install the same release of both: npm install @stepwell/cli@${version}` }];
}

export function databaseFindings({ store, pid }: DoctorReport): readonly Finding[] {
  const { kind, file, databaseBytes, logBytes } = store;
  const size = databaseBytes === undefined ? "" : `, ${sizeText(databaseBytes)}${logBytes ? `, log ${sizeText(logBytes)}` : ""}`;
  const name = kind === "sqlite" ? "SQLite" : kind;
  return [
    {
      check: "database",
      status: "ok",
      text: `${name}${file === undefined ? "" : ` ${file}`}, in use by the server (process ${pid})${size}`,
    },
  ];
}

export function diskFindings({ store }: DoctorReport): readonly Finding[] {
  return store.freeBytes === undefined ? [] : [diskFinding(store.freeBytes, "the database's disk")];
}

export function clockFindings({ now, apps }: DoctorReport, local: LocalFacts): readonly Finding[] {
  const findings = [
    ...clockFinding("the server", now - local.now),
    ...apps.flatMap(({ id, probe }) =>
      probe.kind === "answered" && probe.clockAheadMs !== null ? clockFinding(`app ${id}`, probe.clockAheadMs) : [],
    ),
  ];
  return findings.length > 0
    ? findings
    : [{ check: "clock", status: "ok", text: "the clocks of the server and its apps agree with this one" }];
}

function clockFinding(who: string, aheadMs: number): readonly Finding[] {
  const off = Math.abs(aheadMs);
  if (off < clockOffMsWarned) return [];
  const allowed = formatDuration(limits.signatureAgeMsMax);
  return [
    {
      check: "clock",
      status: off > limits.signatureAgeMsMax ? "problem" : "warning",
      text: `${who} is ${(off / 1_000).toFixed(1)} s ${aheadMs > 0 ? "ahead" : "behind"}; signatures allow ${allowed}`,
      advice: "Let every machine take its time from the network (NTP).",
    },
  ];
}

export function keyFindings({ keys, mode, apps }: DoctorReport): readonly Finding[] {
  const isAsked = keys.signing > 0 || keys.event > 0;
  if (!isAsked && mode === "dev") return [{ check: "keys", status: "ok", text: "a dev server asks for none" }, ...devModeFindings(apps)];
  const missing = (["signing", "event"] as const).filter((kind) => mode === "start" && keys[kind] === 0);
  const findings: Finding[] = missing.map((kind) => ({
    check: "keys",
    status: "problem",
    text: `the server has no ${kind} key`,
    advice: `Make one: stepwell keys create ${kind}, or stepwell doctor --fix`,
    repair: { kind: "make_key", keyKind: kind },
  }));
  for (const app of apps) findings.push(...appKeyFindings(app), ...replacedKeyFindings(app, keys.replaced ?? []));
  if (findings.length > 0) return findings;
  const count = `${keys.signing} signing, ${keys.event} event`;
  const isMatched = apps.some(({ probe }) => probe.kind === "answered" && probe.isSignatureTaken === true);
  return [{ check: "keys", status: "ok", text: isMatched ? `${count}; the apps have the same` : count }];
}

function appKeyFindings({ id, probe }: DoctorReport["apps"][number]): readonly Finding[] {
  if (probe.kind === "failed") return [];
  const about = { check: "keys", about: id } as const;
  const findings: Finding[] = [];
  if (probe.isSignatureTaken === false)
    findings.push({
      ...about,
      status: "problem",
      text: "the app refuses the server's signature: its signing key is another",
      advice: "Set the app's INNGEST_SIGNING_KEY to the key that signs: stepwell keys list shows its last characters.",
    });
  else if (probe.mode === "dev")
    findings.push({
      ...about,
      status: "problem",
      text: "the app runs in dev mode, so it takes calls from anybody",
      advice: "Take INNGEST_DEV and isDev out of the app's settings, and give it INNGEST_SIGNING_KEY.",
    });
  if (probe.isEventKeyKnown === false)
    findings.push({
      ...about,
      status: "problem",
      text: "the app's event key is none of the server's: what it sends is refused",
      advice: "Set the app's INNGEST_EVENT_KEY to a key of stepwell keys list, or to a new one: stepwell keys create event",
    });
  return findings;
}

/** Once the key has ended the app refuses what the server signs. */
function replacedKeyFindings({ id, probe }: AppReport, replaced: readonly KeyView[]): readonly Finding[] {
  const key = replaced.find((each) => probe.kind === "answered" && each.id === probe.signingKeyId);
  if (key === undefined) return [];
  return [
    {
      check: "keys",
      about: id,
      status: "warning",
      text: `the app's signing key …${key.endsIn} was replaced and ends at ${key.endsAt}`,
      advice: "Give the app the new one as INNGEST_SIGNING_KEY, and this one as INNGEST_SIGNING_KEY_FALLBACK.",
    },
  ];
}

/** Beside a server that signs nothing, an app in production mode refuses every call. */
function devModeFindings(apps: DoctorReport["apps"]): readonly Finding[] {
  return apps
    .filter(({ probe }) => probe.kind === "answered" && probe.isSignatureTaken === false)
    .map(({ id }) => ({
      check: "keys",
      about: id,
      status: "problem",
      text: "the app wants signatures, and a dev server signs nothing",
      advice: "Set INNGEST_DEV=1 for the app, or start the server with --keys.",
    }));
}

export function appFindings({ apps, now }: DoctorReport): readonly Finding[] {
  if (apps.length === 0)
    return [{ check: "apps", status: "warning", text: "no app is registered", advice: "Start yours, or name it: stepwell dev -u <url>" }];
  return apps.flatMap((app) => [appFinding(app, now), ...rivalFindings(app)]);
}

function appFinding({ id, url, error, failingSince, probe }: AppReport, now: number): Finding {
  const about = { check: "apps", about: id } as const;
  const since = failingSince == null ? "" : `, for ${formatDuration(Math.max(0, Math.round((now - failingSince) / 1_000) * 1_000))}`;
  if (probe.kind === "failed")
    return {
      ...about,
      status: "problem",
      text: `${url}: ${probe.message.replace(/^Unable to reach SDK URL:? /, "")}${since}`,
      advice: "Start it. Its functions stay registered, and its runs wait.",
    };
  // An SDK that refuses a signature does not say that it is one.
  if (probe.isSignatureTaken === false && probe.status === 401)
    return { ...about, status: "ok", text: `${url} answers in ${probe.tookMs} ms, and refuses the signature` };
  if (probe.sdk === null)
    return {
      ...about,
      status: "problem",
      text: `${url} answers with HTTP ${probe.status}, and not as an SDK does`,
      advice: "Check the path of the serve handler, /api/inngest by default.",
    };
  if (error !== null)
    return {
      ...about,
      status: "problem",
      text: `its last registration was refused${since}: ${error}`,
      advice: "Mend that, and restart the app, or let it register again: stepwell doctor --fix",
      repair: { kind: "sync_app", url },
    };
  return { ...about, status: "ok", text: `${url} answers in ${probe.tookMs} ms` };
}

/** Which process has an app's id is no matter of taste: the other's functions are not called. */
function rivalFindings({ id, url, rivals = [] }: AppReport): readonly Finding[] {
  return rivals.map((rival) => ({
    check: "apps",
    about: id,
    status: "warning",
    text: `${rival} registers the id "${id}" too and is turned away, as long as ${url} answers`,
    advice: `Stop one of the two, or give it an id of its own. To move the app: POST /api/v1/apps/sync with {"url": "${rival}"}`,
  }));
}

/** Options of functions that the server took without acting on them. */
export function optionFindings({ apps }: DoctorReport): readonly Finding[] {
  return apps.flatMap(({ id, warnings }) => warnings.map((text): Finding => ({ check: "options", about: id, status: "warning", text })));
}
