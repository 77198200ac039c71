// `npm run docs -w @stepwell/cli`: writes docs/cli.md.

import { writeFileSync } from "node:fs";
import { cliPage } from "./src/cli-page.ts";

writeFileSync(new URL("../../docs/cli.md", import.meta.url), cliPage());
