/** Where the client's server is, and the keys for it. */
export interface Environment {
  readonly isDev: boolean;
  readonly eventBaseUrl: string;
  readonly apiBaseUrl: string;
  readonly eventKey?: string;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** The variable of ours, else the one that the same setting has elsewhere. */
export function readVariable(variables: Variables, name: string): string | undefined {
  const value = variables[`STEPWELL_${name}`] ?? variables[`INNGEST_${name}`];
  return value === undefined || value === "" ? undefined : value;
}
