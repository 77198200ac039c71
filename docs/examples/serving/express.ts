import express from "express";
import { serve } from "stepwell/express";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const app = express();
app.use(express.json());
app.use("/api/stepwell", serve({ client: stepwell, functions: [fulfil] }));
