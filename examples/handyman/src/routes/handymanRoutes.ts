import express from "express";
import { z } from "zod";
import { inngest } from "../config/inngest.js";
import { HttpError } from "../services/httpError.js";
import { sendOrUndo } from "../services/sendOrUndo.js";
import { findHandyman, setSkills } from "../stores/handymen.js";
import { currentUser } from "./currentUser.js";
import { readBody } from "./readBody.js";

export const handymanRoutes = express.Router();

export const latitude = z.number().min(-90).max(90);
export const longitude = z.number().min(-180).max(180);
const skills = z.array(z.string().trim().toLowerCase().min(1).max(50)).min(1).max(50);

/** What they can do, and where they set out from. */
handymanRoutes.put("/me/skills", (request, response) => {
  const userId = currentUser(request, "handyman")._id.toString();
  const body = readBody(request, z.object({ skills, latitude, longitude }));
  setSkills(userId, { skills: [...new Set(body.skills)], place: { latitude: body.latitude, longitude: body.longitude } });
  response.json({ handyman: findHandyman(userId) });
});

/** The flow of availability does it, and looks for jobs that wait. */
handymanRoutes.put("/me/availability", async (request, response) => {
  const handymanId = currentUser(request, "handyman")._id.toString();
  const { available } = readBody(request, z.object({ available: z.boolean() }));
  await sendOrUndo(() =>
    inngest.send({ name: "handyman/availability.changed", data: { handymanId, available, changedAt: new Date().toISOString() } }),
  );
  response.status(202).json({ handymanId, available });
});

handymanRoutes.get("/:userId", (request, response) => {
  const handyman = findHandyman(request.params.userId);
  if (handyman === undefined) throw new HttpError(404, "no such handyman");
  const { email: _, place: __, ...shown } = handyman;
  response.json({ handyman: shown });
});
