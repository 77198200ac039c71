// Where the client's server is, how it is spoken to, and whether this is a laptop or production.

import type { ClientOptions } from "./client-options.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Environment {
  /** `dev`: no keys are asked for, and no signatures. */
  readonly mode: "dev" | "production";
  /** Nobody said which: only requests to this machine's own names are answered. */
  readonly isInferred: boolean;
  /** Where events go. */
  readonly eventBaseUrl: string | undefined;
  /** Where everything else goes. */
  readonly apiBaseUrl: string | undefined;
  readonly eventKey: string | undefined;
  readonly signingKey: string | undefined;
  readonly signingKeyFallback: string | undefined;
  /** The branch, for servers that have an environment for each. */
  readonly branch: string | undefined;
  readonly platform: string | undefined;
  readonly serveOrigin: string | undefined;
  readonly servePath: string | undefined;
  readonly streaming: string | undefined;
}

const devServer = "http://localhost:8288";

/** An option says more than a variable, and a variable of ours more than the same setting's other name. */
export function readEnvironment(options: ClientOptions, variables: Variables): Environment {
  const read = (name: string): string | undefined => readVariable(variables, name);
  const dev = readDev(read("DEV") ?? readPublic(variables, "DEV"));
  const said = options.isDev ?? dev.isOn;
  const mode = said === undefined ? inferMode(variables) : said ? "dev" : "production";
  const base = options.baseUrl ?? read("BASE_URL") ?? readPublic(variables, "BASE_URL") ?? dev.url;
  const baseDefault = base ?? (mode === "dev" ? devServer : undefined);
  return {
    mode,
    isInferred: said === undefined,
    eventBaseUrl: dev.unknown ?? asUrl(options.baseUrl ?? read("EVENT_API_BASE_URL") ?? baseDefault),
    apiBaseUrl: dev.unknown ?? asUrl(options.baseUrl ?? read("API_BASE_URL") ?? baseDefault),
    eventKey: options.eventKey ?? read("EVENT_KEY"),
    signingKey: options.signingKey ?? read("SIGNING_KEY"),
    signingKeyFallback: options.signingKeyFallback ?? read("SIGNING_KEY_FALLBACK"),
    branch: options.env ?? read("ENV") ?? firstOf(variables, branchVariables),
    platform: platforms.find(([, name]) => isSet(variables[name]))?.[0],
    serveOrigin: read("SERVE_ORIGIN") ?? read("SERVE_HOST"),
    servePath: read("SERVE_PATH"),
    streaming: read("STREAMING"),
  };
}

/** `STEPWELL_…`, else `INNGEST_…`; empty is as absent. */
function readVariable(variables: Variables, name: string): string | undefined {
  return firstOf(variables, [`STEPWELL_${name}`, `INNGEST_${name}`]);
}

/** As bundlers for browsers let them through. */
function readPublic(variables: Variables, name: string): string | undefined {
  return (
    readVariable(variables, name) ??
    firstOf(
      variables,
      ["NEXT_PUBLIC_", "REACT_APP_"].flatMap((prefix) => [`${prefix}STEPWELL_${name}`, `${prefix}INNGEST_${name}`]),
    )
  );
}

function firstOf(variables: Variables, names: readonly string[]): string | undefined {
  return names.map((name) => variables[name]).find(isSet);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

/** A switch, or the address of the dev server, which switches it on; a word that is neither is refused as an address that is none. */
function readDev(text: string | undefined): { readonly isOn?: boolean; readonly url?: string; readonly unknown?: string } {
  if (text === undefined) return {};
  if (/^(1|true|yes|on)$/i.test(text)) return { isOn: true };
  if (/^(0|false|no|off)$/i.test(text)) return { isOn: false };
  return /^[\w-]+$/.test(text) && text !== "localhost" ? { unknown: text } : { isOn: true, url: text };
}

const branchVariables = ["BRANCH_NAME", "VERCEL_GIT_COMMIT_REF", "BRANCH", "CF_PAGES_BRANCH", "RENDER_GIT_BRANCH", "RAILWAY_GIT_BRANCH"];

const platforms: readonly (readonly [platform: string, variable: string])[] = [
  ["vercel", "VERCEL"],
  ["netlify", "NETLIFY"],
  ["cloudflare-pages", "CF_PAGES"],
  ["render", "RENDER"],
  ["railway", "RAILWAY_ENVIRONMENT"],
];

/** Set by hosts, and by nothing on a laptop. */
const hostVariables = [
  ...["NETLIFY", "RENDER", "RAILWAY_ENVIRONMENT", "RAILWAY_GIT_BRANCH", "CF_PAGES", "DENO_DEPLOYMENT_ID", "FLY_APP_NAME", "DYNO"],
  ...["AWS_LAMBDA_FUNCTION_NAME", "K_SERVICE", "WEBSITE_INSTANCE_ID"],
];

function inferMode(variables: Variables): "dev" | "production" {
  const named = ["NODE_ENV", "ENVIRONMENT", "CONTEXT", "VERCEL_ENV"].some((name) => /^prod/i.test(variables[name] ?? ""));
  // What a host's own tools set while they run on a laptop.
  const isLocalHost = isSet(variables["NETLIFY_DEV"]) || variables["AWS_SAM_LOCAL"] === "true" || variables["VERCEL_ENV"] === "development";
  const isHosted = !isLocalHost && (isSet(variables["VERCEL_ENV"]) || hostVariables.some((name) => isSet(variables[name])));
  return named || isHosted ? "production" : "dev";
}

/** With a scheme, and a slash at its end, so that paths are added to it. */
function asUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  return url.endsWith("/") ? url : `${url}/`;
}
