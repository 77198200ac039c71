/** The part of a version within which command, server and SDKs fit each other. */
export function releaseOf(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  return major === "0" ? `${major}.${minor}` : major;
}
