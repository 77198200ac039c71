import type { StatementSync } from "node:sqlite";
import type { EpochMs, FunctionConfig, FunctionUuid, JsonText } from "@stepwell/protocol";
import { asJson } from "@stepwell/protocol";
import type {
  AppId,
  AppRecord,
  AppsListed,
  AppsStore,
  EnvironmentId,
  FunctionId,
  FunctionRecord,
  RemoveAppParams,
  SyncAppParams,
  SyncAppResult,
} from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, optional, type Row, textOf } from "./rows.ts";

export class Apps implements AppsStore {
  readonly #connection: Connection;
  readonly #list: StatementSync;
  readonly #removed: StatementSync;
  readonly #functions: StatementSync;
  readonly #find: StatementSync;
  readonly #functionsOf: StatementSync;
  readonly #upsert: StatementSync;
  readonly #upsertFunction: StatementSync;
  readonly #archive: StatementSync;
  readonly #endDrain: StatementSync;
  readonly #setError: StatementSync;
  readonly #remove: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    this.#list = prepare("-- stepwell: apps.list\nselect * from apps where removed_at is null order by id");
    this.#removed = prepare(`-- stepwell: apps.list removed
      select * from apps where removed_at is not null and exists (select 1 from functions f where f.app_id = apps.id) order by id`);
    this.#functions = prepare("-- stepwell: apps.list functions\nselect * from functions order by id");
    this.#find = prepare("-- stepwell: apps.find\nselect * from apps where environment_id = ? and name = ?");
    this.#functionsOf = prepare("-- stepwell: apps.functions\nselect * from functions where app_id = ? order by id");
    this.#upsert = prepare(`-- stepwell: apps.sync
      insert into apps (environment_id, name, uuid, url, sdk, framework, platform, app_version, checksum, error, warnings, synced_at, removed_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?, ?, null)
      on conflict (environment_id, name) do update
         set url = excluded.url, sdk = excluded.sdk, framework = excluded.framework, platform = excluded.platform,
             app_version = excluded.app_version, checksum = excluded.checksum, error = null, failing_since = null,
             warnings = excluded.warnings, synced_at = excluded.synced_at, removed_at = null`);
    this.#upsertFunction = prepare(`-- stepwell: apps.sync function
      insert into functions (app_id, environment_id, uuid, slug, name, config, version, archived_at, created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, 1, null, ?, ?)
      on conflict (environment_id, slug) do update
         set app_id = excluded.app_id, name = excluded.name,
             version = version + (config <> excluded.config or archived_at is not null),
             updated_at = case when config <> excluded.config then excluded.updated_at else updated_at end,
             config = excluded.config, archived_at = null, drains = 0`);
    this.#archive = prepare(
      "-- stepwell: apps.archive function\nupdate functions set archived_at = ?, updated_at = ?, drains = ? where id = ? and archived_at is null",
    );
    this.#endDrain = prepare("-- stepwell: apps.end_drain\nupdate functions set drains = 0 where app_id = ? and drains = 1");
    this.#setError = prepare(`-- stepwell: apps.set_error
      update apps set error = ?1, failing_since = case when ?1 is null then null else coalesce(failing_since, ?2) end
       where environment_id = ?3 and name = ?4`);
    this.#remove = prepare(
      "-- stepwell: apps.remove\nupdate apps set removed_at = ?, url = '', checksum = '' where id = ? and environment_id = ? and removed_at is null",
    );
  }

  async list(): Promise<AppsListed> {
    return {
      apps: this.#list.all().map(decodeApp),
      removed: this.#removed.all().map(decodeApp),
      functions: this.#functions.all().map(decodeFunction),
    };
  }

  async sync(params: SyncAppParams): Promise<SyncAppResult> {
    const known = this.#find.get(params.environmentId, params.name);
    const isUnchanged =
      known !== undefined && known["removed_at"] === null && known["error"] === null && known["checksum"] === params.checksum;
    if (!isUnchanged)
      this.#connection.transaction(
        () => this.#replace(params),
        () => undefined,
      );
    const app = decodeApp(this.#find.get(params.environmentId, params.name) ?? {});
    return { modified: !isUnchanged, app, functions: this.#functionsOf.all(app.id).map(decodeFunction) };
  }

  async setError(params: {
    readonly environmentId: EnvironmentId;
    readonly name: string;
    readonly error: string | undefined;
    readonly now: EpochMs;
  }): Promise<void> {
    this.#setError.run(params.error ?? null, params.now, params.environmentId, params.name);
  }

  async remove(params: RemoveAppParams): Promise<boolean> {
    return this.#connection.transaction(
      () => {
        if (this.#remove.run(params.now, params.appId, params.environmentId).changes === 0) return false;
        const drains = params.drains === true ? 1 : 0;
        for (const { id } of this.#functionsOf.all(params.appId)) this.#archive.run(params.now, params.now, drains, Number(id));
        return true;
      },
      () => undefined,
    );
  }

  #replace(params: SyncAppParams): void {
    const { environmentId, name, uuid, url, sdk, framework, platform, appVersion, checksum, warnings, now } = params;
    this.#upsert.run(
      environmentId,
      name,
      uuid,
      url,
      sdk,
      framework ?? null,
      platform ?? null,
      appVersion ?? null,
      checksum,
      warnings ?? null,
      now,
    );
    const appId = numberOf(this.#find.get(environmentId, name) ?? {}, "id");
    const listed = new Set<string>();
    for (const { uuid: functionUuid, config } of params.functions) {
      listed.add(config.slug);
      this.#upsertFunction.run(appId, environmentId, functionUuid, config.slug, config.name, asJson(config), now, now);
    }
    for (const row of this.#functionsOf.all(appId))
      if (!listed.has(textOf(row, "slug"))) this.#archive.run(now, now, 0, numberOf(row, "id"));
    // The app is back without them, and would not know what it is called for.
    this.#endDrain.run(appId);
    this.#connection.rowsWritten += 1 + listed.size;
  }
}

function decodeApp(row: Row): AppRecord {
  return {
    id: numberOf(row, "id") as AppId,
    environmentId: numberOf(row, "environment_id") as EnvironmentId,
    name: textOf(row, "name"),
    uuid: textOf(row, "uuid"),
    url: textOf(row, "url"),
    sdk: textOf(row, "sdk"),
    ...optional<"framework", string>("framework", row["framework"]),
    ...optional<"platform", string>("platform", row["platform"]),
    ...optional<"appVersion", string>("appVersion", row["app_version"]),
    checksum: textOf(row, "checksum"),
    ...optional<"error", string>("error", row["error"]),
    ...optional<"failingSince", EpochMs>("failingSince", row["failing_since"]),
    ...optional<"warnings", JsonText>("warnings", row["warnings"]),
    syncedAt: numberOf(row, "synced_at") as EpochMs,
  };
}

function decodeFunction(row: Row): FunctionRecord {
  return {
    id: numberOf(row, "id") as FunctionId,
    appId: numberOf(row, "app_id") as AppId,
    environmentId: numberOf(row, "environment_id") as EnvironmentId,
    uuid: textOf(row, "uuid") as FunctionUuid,
    slug: textOf(row, "slug"),
    name: textOf(row, "name"),
    config: JSON.parse(textOf(row, "config")) as FunctionConfig,
    version: numberOf(row, "version"),
    ...optional<"archivedAt", EpochMs>("archivedAt", row["archived_at"]),
    ...(row["drains"] === 1 ? { drains: true } : {}),
  };
}
