import { serve } from "stepwell/cloudflare";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export default { fetch: serve({ client: stepwell, functions: [fulfil] }) };
