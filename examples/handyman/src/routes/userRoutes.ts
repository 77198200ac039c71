import express from "express";
import { z } from "zod";
import { findUser, updateProfile } from "../stores/users.js";
import { currentUser } from "./currentUser.js";
import { readBody } from "./readBody.js";
import { showUser } from "./showUser.js";

export const userRoutes = express.Router();

const text = z.string().trim().min(1).max(200).optional();
const profile = z.object({ firstName: text, lastName: text, phone: text, address: text });

userRoutes.get("/me", (request, response) => {
  response.json({ user: showUser(currentUser(request)) });
});

userRoutes.patch("/me", (request, response) => {
  const user = currentUser(request);
  const named = Object.entries(readBody(request, profile)).filter(([, value]) => value !== undefined);
  updateProfile(user, Object.fromEntries(named));
  response.json({ user: showUser(findUser(user._id.toString()) ?? user) });
});
