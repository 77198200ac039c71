import type { BreakerReport } from "@stepwell/engine";
import { json, problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { iso } from "./run-view.ts";

/** `GET /api/v1/breakers`: the circuit breakers that are open or have counted something, the open ones first. */
export const listBreakers = route({
  method: "GET",
  path: "/api/v1/breakers",
  summary: "Circuit breakers that are open or have counted calls",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine }) {
    const isOpen = ({ status }: BreakerReport): number => (status === "closed" ? 0 : 1);
    const breakers = engine.breakers.list().toSorted((one, other) => isOpen(other) - isOpen(one));
    return json(200, { data: breakers.map(breakerView) });
  },
});

/** `POST /api/v1/breakers/:id/reset`: closes one by hand. Its function is called again at once. */
export const resetBreaker = route({
  method: "POST",
  path: "/api/v1/breakers/:id/reset",
  summary: "Close a circuit breaker by hand",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ params, engine }) {
    const id = params["id"] ?? "";
    if (await engine.breakers.reset(id)) return json(200, { data: { id, status: "closed" } });
    return problem({ code: "breaker_not_found", detail: `no breaker with the id "${id.slice(0, 60)}" is open or has counted anything` });
  },
});

function breakerView({ id, slug, value, status, reason, since, until, calls, failures, passed, rule }: BreakerReport): unknown {
  return {
    id,
    function: { slug },
    key: value ?? null,
    keyExpr: rule?.key ?? null,
    status,
    reason: reason ?? null,
    openSince: iso(since),
    probeAt: iso(until),
    calls,
    failures,
    probesPassed: passed,
    rule:
      rule === undefined
        ? null
        : {
            failures: rule.failures ?? null,
            rate: rule.rate ?? null,
            windowMs: rule.windowMs,
            cooldownMs: rule.cooldownMs,
            halfOpen: rule.halfOpen,
          },
  };
}
