import { serve } from "stepwell/next";
import { fulfil, stepwell } from "../../shop.js";

export default serve({ client: stepwell, functions: [fulfil] });
