import express from "express";
import { serve } from "stepwell/express";
import { fulfil, stepwell } from "./functions.ts";

const app = express();
app.use("/api/stepwell", serve({ client: stepwell, functions: [fulfil] }));
app.use(express.json());

app.post("/orders", async (request, response) => {
  await stepwell.send({ name: "shop/order.placed", data: { total: request.body.total } });
  response.status(202).end();
});

app.listen(Number(process.env.PORT ?? 3000));
