// Writes docs/openapi.json from the table of routes: `npm run openapi -w @stepwell/server`.

import { writeFileSync } from "node:fs";
import { openApiDocument } from "./src/openapi/openapi-document.ts";
import { routeTable } from "./src/route-table.ts";

writeFileSync(new URL("../../docs/openapi.json", import.meta.url), `${JSON.stringify(openApiDocument(routeTable), null, 2)}\n`);
