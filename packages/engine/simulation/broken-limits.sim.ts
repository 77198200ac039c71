import { brokenLimits } from "./broken-limits.ts";
import { noticesEach } from "./notices-each.ts";

noticesEach(brokenLimits);
