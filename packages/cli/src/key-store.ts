// Where `stepwell keys` works: on a running server through its API, or with --db on the database of one that is stopped.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { epochMs, StepwellError } from "@stepwell/protocol";
import type { KeyRefusal, KeyRing, KeyView, keyView, SignIn } from "@stepwell/server";
import { asCommandError } from "./as-command-error.ts";
import type { ClientContext, ClientFlag } from "./client-command.ts";
import type { DoctorReport } from "./doctor/doctor-report.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

export const keyStoreFlags: readonly ClientFlag[] = [
  { name: "db", value: "file", help: "work on this database, of a server that is stopped, and ask no server" },
];

export interface NewKey extends KeyView {
  readonly key: string;
}

export interface RotatedKey extends NewKey {
  readonly replaced: KeyView;
}

export interface KeyStore {
  /** For people: where it is. */
  readonly place: string;
  list(): Promise<readonly KeyView[]>;
  create(params: { readonly kind: KeyView["kind"]; readonly name: string | undefined }): Promise<NewKey>;
  revoke(idStart: string): Promise<KeyView>;
  rotate(params: { readonly id: string; readonly overlapMs: number }): Promise<RotatedKey>;
  /** Makes another password for people, and answers it. */
  replacePassword(): Promise<string>;
  /** Apps that were seen to have this signing key; none where no server can ask them. */
  appsWith(id: string): Promise<readonly string[]>;
}

/** @throws {CommandError} The database is not there, or a server has it open; or the server refuses. */
export async function withKeyStore<Result>(context: ClientContext, work: (keys: KeyStore) => Promise<Result>): Promise<Result> {
  const file = context.text("db");
  if (file === undefined) return work(keysOfServer(context));
  const path = resolve(file);
  // A mistyped name must not become a database.
  if (!existsSync(path))
    throw new CommandError(exitCodes.notFound, "not_found", `there is no database ${path}`, [
      "stepwell start makes it, with its first keys",
    ]);
  // The parts of a server are loaded where they are needed: a command that asks one should be quick.
  const [{ keyView, loadKeyRing, loadSignIn }, { hideDatabase, openDatabase }] = await Promise.all([
    import("@stepwell/server"),
    import("@stepwell/store-sqlite"),
  ]);
  const store = await openDatabase({ file: path, now: epochMs(Date.now()), reader: "inline" }).catch((error: unknown) => {
    throw StepwellError.is(error) ? inUse(error) : error;
  });
  try {
    const ring = await loadKeyRing({ given: { signingKeys: [], eventKeys: [] }, store: store.settings, wallNow: Date.now });
    hideDatabase(path);
    const signIn = await loadSignIn({ store: store.settings, wallNow: Date.now, sleep: async () => undefined });
    return await work(keysOfDatabase({ ring, signIn, path, view: keyView }));
  } finally {
    await store.close();
  }
}

function inUse(error: StepwellError): CommandError {
  const { exitCode, code, message, details } = asCommandError(error);
  return new CommandError(
    exitCode,
    code,
    message,
    code === "database_in_use" ? ["Leave --db away: its server does it while it runs."] : details,
  );
}

function keysOfServer({ client }: ClientContext): KeyStore {
  return {
    place: client.baseUrl,
    async list() {
      const { data } = await client.get("/api/v1/keys");
      return Array.isArray(data) ? (data as readonly KeyView[]) : [];
    },
    create: async (params) => (await client.post("/api/v1/keys", JSON.stringify(params)))["data"] as NewKey,
    revoke: async (idStart) => (await client.delete(`/api/v1/keys/${encodeURIComponent(idStart)}`))["data"] as KeyView,
    async rotate({ id, overlapMs }) {
      const body = JSON.stringify({ overlap: `${overlapMs}ms` });
      return (await client.post(`/api/v1/keys/${encodeURIComponent(id)}/rotate`, body))["data"] as unknown as RotatedKey;
    },
    async replacePassword() {
      const { password } = (await client.post("/api/v1/password", ""))["data"] as { readonly password: string };
      return password;
    },
    async appsWith(id) {
      const { apps } = (await client.get("/api/v1/doctor"))["data"] as unknown as DoctorReport;
      return apps.filter(({ probe }) => probe.kind === "answered" && probe.signingKeyId === id).map((app) => app.id);
    },
  };
}

interface DatabaseParts {
  readonly ring: KeyRing;
  readonly signIn: SignIn;
  readonly path: string;
  readonly view: typeof keyView;
}

function keysOfDatabase({ ring, signIn, path, view }: DatabaseParts): KeyStore {
  return {
    place: path,
    list: async () => ring.list().map(view),
    async create(params) {
      const result = await ring.create(params);
      if (result.kind === "refused") throw refused(result);
      return { ...view(result.summary), key: result.key };
    },
    async revoke(idStart) {
      const result = await ring.revoke(idStart);
      if (result.kind === "refused") throw refused(result);
      return view(result.summary);
    },
    async rotate({ id, overlapMs }) {
      const result = await ring.rotate({ idStart: id, overlapMs });
      if (result.kind === "refused") throw refused(result);
      return { ...view(result.summary), key: result.key, replaced: view(result.replaced) };
    },
    replacePassword: () => signIn.replace(),
    appsWith: async () => [],
  };
}

function refused({ code, message }: KeyRefusal): CommandError {
  return new CommandError(code === "key_not_found" ? exitCodes.notFound : exitCodes.conflict, code, message, [
    code === "key_is_last" ? "Make another first: stepwell keys create" : "stepwell keys list shows what there is",
  ]);
}
