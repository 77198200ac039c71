import { brokenLeases } from "./broken-leases.ts";
import { noticesEach } from "./notices-each.ts";

noticesEach(brokenLeases);
