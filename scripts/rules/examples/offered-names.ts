import {
  type Checker,
  type Symbol as NamedSymbol,
  type NodeHandle,
  type Project,
  SignatureKind,
  SymbolFlags,
  type Type,
  TypeFlags,
} from "typescript/unstable/sync";
import { membersOf } from "./members-of.ts";

/** An option, a tool or a hook that a reader may use. */
export interface OfferedName {
  /** How one comes to it: `createFunction.throttle.burst`. */
  readonly path: string;
  /** Where it is declared; forms that may stand for each other each declare it. */
  readonly declarations: readonly NodeHandle[];
  /** A name for code that has it already. */
  readonly isDeprecated: boolean;
}

/**
 * Every name that a file offers by its types: those of `Written`, which are objects that a reader writes, with all that is in
 * them; and those of `Called`, with the objects that their calls take. What `Given` names is passed on as it was got, and is not
 * taken apart. What can be come to in several ways is named after the first.
 */
export function offeredNames(project: Project, file: string): readonly OfferedName[] {
  return new NameCollector(project, file).collect();
}

class NameCollector {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #file: string;
  readonly #names = new Map<string, OfferedName>();
  /** The path of each declaration that was come to. */
  readonly #paths = new Map<string, string>();

  constructor(project: Project, file: string) {
    this.#project = project;
    this.#checker = project.checker;
    this.#file = file;
  }

  collect(): readonly OfferedName[] {
    const given = membersOf(this.#checker, this.#typeNamed("Given")).flatMap((member) => this.#checker.getPropertiesOfType(member));
    for (const handle of given.flatMap(({ declarations }) => declarations)) this.#paths.set(declarationKey(handle), "given");
    for (const [path, type] of this.#rootsOf("Written")) this.#takeProperties(type, path, (each, name) => this.#takeWritten(each, name));
    for (const [path, type] of this.#rootsOf("Called")) this.#takeProperties(type, path, (each, name) => this.#takeArguments(each, name));
    return [...this.#names.values()];
  }

  #rootsOf(name: string): readonly (readonly [path: string, type: Type])[] {
    return this.#checker
      .getPropertiesOfType(this.#typeNamed(name))
      .flatMap((root) => membersOf(this.#checker, this.#checker.getTypeOfSymbol(root)).map((type) => [root.name, type] as const));
  }

  #typeNamed(name: string): Type {
    const source = this.#project.program.getSourceFile(this.#file);
    const exported = source && this.#checker.getSymbolAtLocation(source)?.getExports();
    const symbol = [...(exported ?? new Map<string, NamedSymbol>()).values()].find((each) => each.name === name);
    if (symbol === undefined) throw new Error(`${this.#file} exports no type ${name}`);
    return this.#checker.getDeclaredTypeOfSymbol(symbol);
  }

  #takeProperties(type: Type, path: string, goOn: (type: Type, path: string) => void): void {
    for (const symbol of this.#checker.getPropertiesOfType(type)) {
      const own = this.#checker.getTypeOfSymbol(symbol);
      const name = `${path}.${symbol.name}`;
      if (own === undefined || (own.flags & TypeFlags.Undefined) !== 0 || isHidden(symbol)) continue;
      if (this.#take(symbol, name)) goOn(own, name);
    }
  }

  /** Options within an option. What a function of the reader's gives back is his. */
  #takeWritten(type: Type, path: string): void {
    const objects = membersOf(this.#checker, type).filter(
      (member) => !isClass(member) && this.#checker.getSignaturesOfType(member, SignatureKind.Call).length === 0,
    );
    for (const object of objects) this.#takeProperties(object, path, (each, name) => this.#takeWritten(each, name));
  }

  #takeArguments(type: Type, path: string): void {
    const signatures = membersOf(this.#checker, type).flatMap((member) => this.#checker.getSignaturesOfType(member, SignatureKind.Call));
    for (const parameter of signatures.flatMap((signature) => signature.getParameters())) {
      const taken = this.#checker.getTypeOfSymbol(parameter);
      if (taken !== undefined) this.#takeWritten(taken, path);
    }
  }

  /** Whether that is a place not yet come to. */
  #take(symbol: NamedSymbol, path: string): boolean {
    const before = this.#names.get(path)?.declarations ?? [];
    const added = symbol.declarations.filter((handle) => isOfRepository(handle) && !this.#paths.has(declarationKey(handle)));
    for (const handle of added) this.#paths.set(declarationKey(handle), path);
    if (added.length === 0) return false;
    const isDeprecated = symbol.getJsDocTags(this.#checker).some(({ name }) => name === "deprecated");
    this.#names.set(path, { path, declarations: [...before, ...added], isDeprecated });
    return true;
  }
}

export function declarationKey({ path, index }: NodeHandle): string {
  return `${path} ${index}`;
}

function isOfRepository({ path }: NodeHandle): boolean {
  return !/\/node_modules\/|^bundled:/.test(path);
}

/** For TypeScript alone, private, or a symbol. */
function isHidden({ name }: NamedSymbol): boolean {
  return name.startsWith("~") || name.startsWith("__");
}

function isClass(type: Type): boolean {
  return ((type.getSymbol()?.flags ?? 0) & SymbolFlags.Class) !== 0;
}
