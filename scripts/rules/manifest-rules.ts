interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly type?: string;
  readonly [section: string]: unknown;
}

const sections = ["dependencies", "devDependencies", "optionalDependencies"];
const exact = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** One line for each dependency without an exact version, and for a package that has another version or licence than the repository. */
export function manifestBreaks(path: string, manifest: Manifest, repository: Manifest): readonly string[] {
  const loose = sections.flatMap((section) =>
    Object.entries((manifest[section] ?? {}) as Record<string, string>)
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) => `${path}: ${name} is "${version}"; dependencies have one exact version`),
  );
  const differs = (["version", "license"] as const)
    .filter((field) => manifest[field] !== repository[field])
    .map((field) => `${path}: the ${field} is ${manifest[field]}, and the repository's is ${repository[field]}`);
  return [...loose, ...differs];
}

/** Where the lock file names the place a package came from: that place may be a mirror that others cannot reach. */
export function lockedAddresses(lock: string): readonly string[] {
  return lock
    .split("\n")
    .flatMap((line, index) => (/"resolved": "(?:https?|git)/.test(line) ? [`package-lock.json:${index + 1}${line}`] : []));
}
