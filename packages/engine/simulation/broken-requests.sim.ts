import { brokenRequests } from "./broken-requests.ts";
import { noticesEach } from "./notices-each.ts";

noticesEach(brokenRequests);
