export type { CommitFaults } from "./connection.ts";
export { isLockDamaged, removeDamagedLock } from "./damaged-lock.ts";
export { type DatabaseInspection, inspectDatabase } from "./inspect-database.ts";
export { MemoryDatabase } from "./memory-database.ts";
export { hideDatabase, openDatabase } from "./open-database.ts";
export { openSqliteReader, type SqliteReader } from "./open-reader.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./open-store.ts";
export { refuseOldNode } from "./refuse-old-node.ts";
export { removeDatabase } from "./remove-database.ts";
