import {
  type ClassDeclaration,
  type Expression,
  isArrayLiteralExpression,
  isArrowFunction,
  isBlock,
  isCallExpression,
  isClassDeclaration,
  isConditionalExpression,
  isFunctionExpression,
  isMethodDeclaration,
  isNewExpression,
  isObjectLiteralExpression,
  isParenthesizedExpression,
  isPropertyAssignment,
  isReturnStatement,
  isSpreadAssignment,
  type Node,
  type ObjectLiteralElementLike,
  type SourceFile,
} from "typescript/unstable/ast";
import { type Checker, type Symbol as NamedSymbol, SignatureKind, type Type } from "typescript/unstable/sync";
import { membersOf } from "./members-of.ts";
import { declarationKey } from "./offered-names.ts";

/**
 * The names that the objects of a file's calls write, each with the key of its declaration. TypeScript's own search for references
 * does not find those whose type is a parameter of the function that is called: there the object itself has become the type.
 */
export function writtenNames(checker: Checker, source: SourceFile): readonly (readonly [key: string, name: Node])[] {
  const written: (readonly [string, Node])[] = [];

  const note = (name: Node, type: Type): NamedSymbol | undefined => {
    const symbol = checker.getPropertyOfType(type, name.getText(source));
    for (const handle of symbol?.declarations ?? []) written.push([declarationKey(handle), name]);
    return symbol;
  };

  const read = (node: Node | undefined, type: Type | undefined): void => {
    if (node === undefined || type === undefined) return;
    if (isParenthesizedExpression(node)) return read(node.expression, type);
    if (isObjectLiteralExpression(node)) for (const property of node.properties) readProperty(property, type);
    if (isArrayLiteralExpression(node)) for (const element of node.elements) read(element, type);
    if (isConditionalExpression(node)) for (const each of [node.whenTrue, node.whenFalse]) read(each, type);
    if (isArrowFunction(node) || isFunctionExpression(node)) readReturned(node.body, type);
  };

  const readProperty = (property: ObjectLiteralElementLike, type: Type): void => {
    if (isSpreadAssignment(property)) return read(property.expression, type);
    for (const member of membersOf(checker, type)) {
      const symbol = note(property.name, member);
      const own = symbol && checker.getTypeOfSymbol(symbol);
      if (isPropertyAssignment(property)) read(property.initializer, own);
      if (isMethodDeclaration(property)) readReturned(property.body, own);
    }
  };

  /** What a function gives that the reader writes. */
  const readReturned = (body: Node | undefined, type: Type | undefined): void => {
    const returned = membersOf(checker, type)
      .flatMap((member) => checker.getSignaturesOfType(member, SignatureKind.Call))
      .flatMap((signature) => awaited(checker, checker.getReturnTypeOfSignature(signature)));
    for (const expression of returnedBy(body)) for (const each of returned) read(expression, each);
  };

  /** What a class has of its own kind, as the class that it extends has it. */
  const readStatics = ({ heritageClauses, members }: ClassDeclaration): void => {
    const base = heritageClauses?.[0]?.types[0];
    const type = base && checker.getTypeAtLocation(base.expression);
    for (const member of members) if (type !== undefined && isMethodDeclaration(member)) note(member.name, type);
  };

  const visit = (node: Node): void => {
    if (isClassDeclaration(node)) readStatics(node);
    if (isCallExpression(node) || isNewExpression(node)) {
      const signature = checker.getResolvedSignature(node);
      const declared = signature?.getTarget() ?? signature;
      const taken = (index: number) => declared && checker.getParameterType(declared, index);
      for (const [index, argument] of (node.arguments ?? []).entries()) read(argument, taken(index));
    }
    node.forEachChild(visit);
  };
  visit(source);
  return written;
}

function awaited(checker: Checker, type: Type | undefined): readonly Type[] {
  return membersOf(checker, type).flatMap((member) =>
    member.isTypeReference() && member.getSymbol()?.name === "Promise" ? checker.getTypeArguments(member) : [member],
  );
}

function returnedBy(body: Node | undefined): readonly Expression[] {
  if (body === undefined) return [];
  if (isReturnStatement(body)) return body.expression === undefined ? [] : [body.expression];
  if (!isBlock(body)) return [body as Expression];
  return body.statements.flatMap((statement) => (isReturnStatement(statement) ? returnedBy(statement) : []));
}
