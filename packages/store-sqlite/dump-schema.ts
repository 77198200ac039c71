// Writes schema.sql: what the migrations come to.

import { writeFileSync } from "node:fs";
import { schemaText } from "./src/schema-text.ts";

writeFileSync(new URL("./schema.sql", import.meta.url), schemaText());
