// What programs note about runs.

import type { StatementSync } from "node:sqlite";
import { asJson, type JsonObject, limits, utf8Bytes, withMetadata } from "@stepwell/protocol";
import type { MetadataEntry } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, textOf } from "./rows.ts";

/** One thing that notes are about. */
type Span = readonly [runSeq: number, stepId: string, attempt: number, spanId: string];
type Notes = Map<string, JsonObject | undefined>;
type Limit = "metadataSpanBytesMax" | "metadataRunBytesMax";

export class Metadata {
  readonly #connection: Connection;
  readonly #ofSpan: StatementSync;
  readonly #bytesOfRun: StatementSync;
  readonly #save: StatementSync;
  readonly #remove: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    const ofSpan = "where run_seq = ? and step_id = ? and attempt = ? and span_id = ?";
    this.#ofSpan = prepare(`-- stepwell: metadata.read\nselect kind, "values" from run_metadata ${ofSpan}`);
    this.#bytesOfRun = prepare(`-- stepwell: metadata.size
      select coalesce(sum(octet_length(kind) + octet_length("values")), 0) as bytes from run_metadata where run_seq = ?`);
    this.#save = prepare(`-- stepwell: metadata.save
      insert into run_metadata (run_seq, step_id, attempt, span_id, kind, "values", updated_at) values (?, ?, ?, ?, ?, ?, ?)
      on conflict do update set "values" = excluded."values", updated_at = excluded.updated_at`);
    this.#remove = prepare(`-- stepwell: metadata.remove\ndelete from run_metadata ${ofSpan} and kind = ?`);
  }

  /** All entries, or none: then the limit that stands against it. */
  set(runSeq: number, entries: readonly MetadataEntry[], at: number): Limit | undefined {
    const spans = new Map<string, { readonly span: Span; readonly before: number; readonly notes: Notes; readonly changed: Set<string> }>();
    for (const { target, updates } of entries) {
      const span: Span = [runSeq, target.stepId ?? "", target.attempt ?? -1, target.spanId ?? ""];
      const key = asJson(span);
      const found = spans.get(key) ?? this.#read(span);
      spans.set(key, found);
      for (const update of updates) {
        found.notes.set(update.kind, withMetadata(found.notes.get(update.kind) ?? {}, update));
        found.changed.add(update.kind);
      }
    }
    let bytes = numberOf(this.#bytesOfRun.get(runSeq) ?? { bytes: 0 }, "bytes");
    for (const { before, notes } of spans.values()) {
      const after = sizeOf(notes);
      if (after > limits.metadataSpanBytesMax && after > before) return "metadataSpanBytesMax";
      bytes += after - before;
      if (bytes > limits.metadataRunBytesMax && after > before) return "metadataRunBytesMax";
    }
    for (const { span, notes, changed } of spans.values()) for (const kind of changed) this.#write(span, kind, notes.get(kind), at);
    return undefined;
  }

  #read(span: Span) {
    const rows = this.#ofSpan.all(...span);
    const notes: Notes = new Map(rows.map((row) => [textOf(row, "kind"), JSON.parse(textOf(row, "values")) as JsonObject]));
    return { span, before: sizeOf(notes), notes, changed: new Set<string>() };
  }

  #write(span: Span, kind: string, values: JsonObject | undefined, at: number): void {
    if (values === undefined) this.#remove.run(...span, kind);
    else this.#save.run(...span, kind, asJson(values), at);
    this.#connection.rowsWritten += 1;
  }
}

function sizeOf(notes: Notes): number {
  let bytes = 0;
  for (const [kind, values] of notes) if (values !== undefined) bytes += utf8Bytes(kind) + utf8Bytes(asJson(values));
  return bytes;
}
