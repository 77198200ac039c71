import { serve } from "stepwell/deno";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export default { fetch: serve({ client: stepwell, functions: [fulfil] }) };
