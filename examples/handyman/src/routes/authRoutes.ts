import express from "express";
import { z } from "zod";
import * as auth from "../services/authServices.js";
import { currentUser } from "./currentUser.js";
import { readBody } from "./readBody.js";
import { showUser } from "./showUser.js";

export const authRoutes = express.Router();

const text = z.string().trim().min(1).max(200);
const password = z.string().min(8).max(200);
const email = z.email().max(254);
const code = z.string().regex(/^\d{6}$/, "six digits");
const registration = z.object({
  email,
  password,
  firstName: text.optional(),
  lastName: text.optional(),
  role: z.enum(["customer", "handyman"]).default("customer"),
});

authRoutes.post("/register", async (request, response) => {
  const { firstName, lastName, ...account } = readBody(request, registration);
  const profile = { ...(firstName === undefined ? {} : { firstName }), ...(lastName === undefined ? {} : { lastName }) };
  const user = await auth.register({ ...account, profile });
  response.status(201).json({ user: showUser(user) });
});

authRoutes.post("/resend-verification", async (request, response) => {
  await auth.resendVerification(currentUser(request));
  response.status(202).json({ ok: true });
});

authRoutes.get("/verify-email", (request, response) => {
  response.json({ user: showUser(auth.verifyEmail(String(request.query["token"]))) });
});

authRoutes.post("/verify-email", (request, response) => {
  response.json({ user: showUser(auth.verifyEmail(readBody(request, z.object({ token: text })).token)) });
});

authRoutes.post("/login", async (request, response) => {
  response.json(await auth.login(readBody(request, z.object({ email, password: z.string(), code: code.optional() }))));
});

authRoutes.post("/refresh", (request, response) => {
  response.json(auth.refresh(readBody(request, z.object({ refreshToken: text })).refreshToken));
});

authRoutes.post("/forgot-password", async (request, response) => {
  await auth.requestPasswordReset(readBody(request, z.object({ email })).email);
  response.status(202).json({ ok: true });
});

authRoutes.post("/reset-password", async (request, response) => {
  const { token, password: chosen } = readBody(request, z.object({ token: text, password }));
  await auth.resetPassword(token, chosen);
  response.json({ ok: true });
});

authRoutes.post("/2fa/setup", (request, response) => {
  response.json(auth.setUp2FA(currentUser(request)));
});

authRoutes.post("/2fa/enable", async (request, response) => {
  await auth.enable2FA(currentUser(request), readBody(request, z.object({ code })).code);
  response.json({ ok: true });
});
