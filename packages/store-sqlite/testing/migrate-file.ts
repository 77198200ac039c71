// Migrates a file, at the same instant as others do.

import { DatabaseSync } from "node:sqlite";
import { migrate } from "../src/migrate.ts";

const [file = "", startAt = "0"] = process.argv.slice(2);
const db = new DatabaseSync(file, { timeout: 10_000 });
while (Date.now() < Number(startAt)); // They begin together, or it is no race.
migrate(db, Date.now());
db.close();
