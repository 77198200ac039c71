import { keyOf } from "@stepwell/engine/testing";
import { parseJson } from "@stepwell/protocol";
import { attemptsMax } from "../cast.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const requestsAreAnswered: Invariant = {
  name: "W8 a request ends with one answer that was given to it, or with an error when no attempt is left; its key is never stored",
  check: (view) => firstWrong(view, (each, seq) => storedKey(each, seq) ?? wrongResult(each, seq)),
};

/** Each key begins so. */
const keyPattern = `%${keyOf("")}%`;
const places = [
  "select 1 from step_requests where run_seq = ? and body like ?",
  "select 1 from attempts where run_seq = ? and error like ?",
  "select 1 from journal_entries j left join payloads p on p.id = j.memo_payload where j.run_seq = ? and coalesce(j.memo, p.body) like ?",
];

function storedKey({ watcher }: View, runSeq: number): string | undefined {
  const place = places.find((sql) => watcher.one(`${sql} limit 1`, runSeq, keyPattern) !== undefined);
  return place === undefined ? undefined : `a key of run ${runSeq} is stored: ${place}`;
}

function wrongResult(view: View, runSeq: number): string | undefined {
  const entries = view.watcher.all(
    `select r.id, j.step_id, j.name, j.op, j.state, j.attempt, coalesce(j.memo, p.body) as memo from journal_entries j join runs r on r.seq = j.run_seq
       left join payloads p on p.id = j.memo_payload where j.run_seq = ? and j.op in ('Gateway', 'AIGateway') and j.ord is not null`,
    runSeq,
  );
  for (const entry of entries) {
    if (!view.ledger.judge(runSeq, String(entry["step_id"]))) continue;
    const wrong = entry["state"] === 5 ? wrongError(view, entry) : wrongAnswer(view, entry);
    if (wrong !== undefined) return `the request ${entry["name"]} of run ${entry["id"]} ${wrong}`;
  }
  return undefined;
}

function toldOf({ ledger }: View, entry: Row) {
  return ledger.told.get(`${entry["id"]} ${entry["step_id"]}`);
}

function wrongAnswer(view: View, entry: Row): string | undefined {
  const { data } = JSON.parse(String(entry["memo"])) as { readonly data?: { readonly body?: string; readonly answer?: number } };
  const body = entry["op"] === "Gateway" ? (parseJson(data?.body ?? "") as typeof data) : data;
  return toldOf(view, entry)?.answers.has(body?.answer ?? 0) === true ? undefined : `has the result ${entry["memo"]}, which nobody gave it`;
}

/** Attempts may have ended without the far side: an app that was asked for a key again may not have answered. */
function wrongError(view: View, entry: Row): string | undefined {
  const isLast = Number(entry["attempt"]) + 1 >= attemptsMax;
  return isLast || toldOf(view, entry)?.isFinal === true ? undefined : `failed for good with attempt ${entry["attempt"]}: ${entry["memo"]}`;
}
