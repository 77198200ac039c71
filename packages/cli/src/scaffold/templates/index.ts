import { approval } from "./approval.ts";
import { batch } from "./batch.ts";
import { cron } from "./cron.ts";
import { drip } from "./drip.ts";
import { event } from "./event.ts";
import { fanOut } from "./fan-out.ts";
import type { Template } from "./template.ts";

/** By the names that `--template` takes. */
export const templates: Readonly<Record<string, Template>> = { event, cron, "fan-out": fanOut, drip, approval, batch };
