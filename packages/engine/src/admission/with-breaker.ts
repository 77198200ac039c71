import type { CircuitBreaker, FunctionConfig } from "@stepwell/protocol";

/** Breakers that the server's settings give to functions, by slug; `*`: to all that have none. `false` takes one away. */
export type BreakerOverrides = Readonly<Record<string, CircuitBreaker | false>>;

/** The function as its app registered it, with the breaker that holds: that of its name in the settings, its own, that of all. */
export function withBreaker(config: FunctionConfig, overrides: BreakerOverrides): FunctionConfig {
  const breaker = ownIn(overrides, config.slug) ?? config.options.circuitBreaker ?? ownIn(overrides, "*");
  if (breaker === config.options.circuitBreaker) return config;
  const { circuitBreaker: _, ...rest } = config.options;
  return { ...config, options: breaker === undefined || breaker === false ? rest : { ...rest, circuitBreaker: breaker } };
}

function ownIn(overrides: BreakerOverrides, name: string): CircuitBreaker | false | undefined {
  return Object.hasOwn(overrides, name) ? overrides[name] : undefined;
}
