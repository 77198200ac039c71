import { serve } from "stepwell/bun";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export default { port: 3000, fetch: serve({ client: stepwell, functions: [fulfil] }) };
