import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API, type Project } from "typescript/unstable/sync";

/** A project of files that are on no disk, for one use. */
export function withProject<Result>(files: Readonly<Record<string, string>>, use: (project: Project) => Result): Result {
  const config = JSON.stringify({
    compilerOptions: { strict: true, target: "es2024", lib: ["es2024"], module: "nodenext", types: [], allowImportingTsExtensions: true },
  });
  const api = new API({
    cwd: "/",
    fs: createVirtualFileSystem({ "/tsconfig.json": config, "/package.json": '{"type":"module"}', ...files }),
  });
  try {
    const project = api.updateSnapshot({ openProjects: ["/tsconfig.json"] }).getProject("/tsconfig.json");
    if (project === undefined) throw new Error("there is no project");
    return use(project);
  } finally {
    api.close();
  }
}
