import { brokenWaits } from "./broken-waits.ts";
import { noticesEach } from "./notices-each.ts";

noticesEach(brokenWaits);
