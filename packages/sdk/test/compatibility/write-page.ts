// Writes docs/sdk-compatibility.md from what the official packages export.

import { writeFileSync } from "node:fs";
import { compatibilityPage } from "./compatibility-page.ts";

writeFileSync(new URL("../../../../docs/sdk-compatibility.md", import.meta.url), compatibilityPage());
