import express from "express";
import { serve } from "stepwell/express";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const app = express();
app.use("/api/stepwell", serve({ client: stepwell, functions: [fulfil] }));
app.use(express.json());
