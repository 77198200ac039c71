import { serve } from "stepwell/next";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export default serve({ client: stepwell, functions: [fulfil] });
