import { serve } from "stepwell/next";
import { fulfil, stepwell } from "../../../shop.js";

export const { GET, POST, PUT } = serve({ client: stepwell, functions: [fulfil] });
