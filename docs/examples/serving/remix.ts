import { serve } from "stepwell/remix";
import { fulfil, stepwell } from "../quick-start/functions.ts";

const handler = serve({ client: stepwell, functions: [fulfil] });

export { handler as action, handler as loader };
