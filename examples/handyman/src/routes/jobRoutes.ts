import express from "express";
import { z } from "zod";
import * as jobs from "../services/jobServices.js";
import { countResponses } from "../stores/jobs.js";
import { currentUser } from "./currentUser.js";
import { latitude, longitude } from "./handymanRoutes.js";
import { readBody } from "./readBody.js";

export const jobRoutes = express.Router();

const posted = z.object({
  title: z.string().trim().min(1).max(200),
  skill: z.string().trim().toLowerCase().min(1).max(50),
  latitude,
  longitude,
  priceCents: z.int().min(0).max(100_000_000),
});
const review = z.object({ rating: z.int().min(1).max(5), comment: z.string().max(5_000).optional() });

jobRoutes.post("/", async (request, response) => {
  const customerId = currentUser(request, "customer")._id.toString();
  const { latitude: lat, longitude: long, ...job } = readBody(request, posted);
  response.status(201).json({ job: await jobs.postJob({ ...job, customerId, place: { latitude: lat, longitude: long } }) });
});

jobRoutes.get("/:jobId", (request, response) => {
  const job = jobs.getJob(request.params.jobId);
  response.json({ job, responses: countResponses(job._id.toString()) });
});

jobRoutes.post("/:jobId/respond", (request, response) => {
  const handyman = currentUser(request, "handyman");
  jobs.respond(request.params.jobId, handyman._id.toString());
  response.status(201).json({ ok: true });
});

jobRoutes.post("/:jobId/assign", (request, response) => {
  const customer = currentUser(request, "customer");
  const { handymanId } = readBody(request, z.object({ handymanId: z.string() }));
  response.json({ job: jobs.assign(request.params.jobId, customer._id.toString(), handymanId) });
});

jobRoutes.post("/:jobId/complete", async (request, response) => {
  const handyman = currentUser(request, "handyman");
  response.json({ job: await jobs.complete(request.params.jobId, handyman._id.toString()) });
});

jobRoutes.post("/:jobId/review", async (request, response) => {
  const customer = currentUser(request, "customer");
  await jobs.review(request.params.jobId, customer._id.toString(), readBody(request, review));
  response.status(201).json({ ok: true });
});
