import { createEngine } from "@stepwell/embedded";
import { createNodeApi } from "@stepwell/embedded/api";
import express, { type RequestHandler } from "express";
import { welcome } from "./functions.ts";

const engine = await createEngine({ functions: [welcome], store: "data/stepwell.db" });

const requireAdmin: RequestHandler = (request, response, next) => {
  if (request.headers.authorization === `Bearer ${process.env.ADMIN_TOKEN}`) next();
  else response.status(401).end();
};

const app = express();
app.use("/stepwell", requireAdmin, createNodeApi(engine, { basePath: "/stepwell" }));

const server = app.listen(Number(process.env.PORT ?? 3000), () =>
  console.log("listens on", server.address()),
);
