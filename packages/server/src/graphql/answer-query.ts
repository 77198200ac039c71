// One GraphQL request: read, bounded, validated, executed. Loaded with the first one, because the library is large.

import { isObject, isTooDeep, limits, parseJson, textOf, tooDeepMessage } from "@stepwell/protocol";
import {
  buildSchema,
  type DocumentNode,
  defaultFieldResolver,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLScalarType,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { RouteParts } from "../route.ts";
import { appResolvers } from "./app-resolvers.ts";
import { documentSize } from "./document-size.ts";
import { eventResolvers, oldEventResolvers } from "./event-resolvers.ts";
import { functionResolvers } from "./function-resolvers.ts";
import { functionRunResolvers } from "./function-run-resolvers.ts";
import { mutationResolvers } from "./mutation-resolvers.ts";
import { QueryReads } from "./query-reads.ts";
import { QueryRefusal } from "./query-refusal.ts";
import { queryResolvers } from "./query-resolvers.ts";
import type { Resolvers } from "./resolvers.ts";
import { runResolvers } from "./run-resolvers.ts";
import { schemaText } from "./schema-text.ts";
import { spanResolvers } from "./span-resolvers.ts";

export interface QueryAnswer {
  readonly status: 200 | 400 | 422;
  readonly body: { readonly data?: unknown; readonly errors?: readonly unknown[] };
}

/** By the name of the type. A type that is not here is an object as it is answered. */
const resolversOf: Readonly<Record<string, Resolvers<never>>> = {
  App: appResolvers,
  Event: oldEventResolvers,
  EventV2: eventResolvers,
  Function: functionResolvers,
  FunctionRun: functionRunResolvers,
  FunctionRunV2: runResolvers,
  Mutation: mutationResolvers,
  Query: queryResolvers,
  RunTraceSpan: spanResolvers,
};

const resolveField: GraphQLFieldResolver<unknown, QueryReads> = (source, args, reads, info) => {
  const resolve = resolversOf[info.parentType.name]?.[info.fieldName];
  return resolve === undefined ? defaultFieldResolver(source, args, reads, info) : resolve(source as never, reads, args);
};

let schema: GraphQLSchema | undefined;

/** @throws What went wrong in the server; a mistake of the query is an answer. */
export async function answerQuery(text: string, parts: RouteParts): Promise<QueryAnswer> {
  const request = parseJson(text);
  if (!isObject(request)) return refuse(400, 'the body is {"query": "…", "variables": {…}, "operationName": "…"} as JSON');
  if (isTooDeep(request, text.length)) return refuse(400, tooDeepMessage("the body"));
  const { query, variables } = request;
  if (typeof query !== "string") return refuse(422, "there is no query");
  schema ??= knownSchema();
  const document = readDocument(query, schema);
  if (!("kind" in document)) return document;
  const reads = new QueryReads(parts);
  const result = await execute({
    schema,
    document,
    contextValue: reads,
    fieldResolver: resolveField,
    ...(isObject(variables) ? { variableValues: variables } : {}),
    operationName: textOf(request["operationName"]) || null,
  });
  for (const error of result.errors ?? []) rethrow(error);
  return { status: "data" in result ? 200 : 422, body: result };
}

/** Ids and times are texts; what is none is refused with its place in the query. */
function knownSchema(): GraphQLSchema {
  const built = buildSchema(schemaText);
  for (const name of ["Time", "ULID", "UUID"]) {
    const scalar = built.getType(name) as GraphQLScalarType;
    scalar.coerceInputValue = (value) => {
      if (typeof value === "string") return value;
      throw new QueryRefusal(`a ${name} is a text`);
    };
    scalar.parseValue = scalar.coerceInputValue;
  }
  return built;
}

function readDocument(query: string, known: GraphQLSchema): DocumentNode | QueryAnswer {
  let document: DocumentNode;
  try {
    document = parse(query, { maxLexicalTokens: limits.gqlTokensMax, maxComments: limits.gqlTokensMax });
  } catch (error) {
    return refuse(422, error instanceof Error ? error.message : String(error));
  }
  const { fields, depth } = documentSize(document);
  if (fields > limits.gqlFieldsMax)
    return refuse(
      422,
      `the query names more than ${limits.gqlFieldsMax} fields (gqlFieldsMax), those of its fragments each time they are used`,
    );
  if (depth > limits.gqlDepthMax) return refuse(422, `the query is more than ${limits.gqlDepthMax} levels deep (gqlDepthMax)`);
  const problems = validate(known, document, specifiedRules, { maxErrors: errorsMax });
  return problems.length === 0 ? document : { status: 422, body: { data: null, errors: problems } };
}

/** Of one answer: whoever reads it corrects the first. */
const errorsMax = 20;

function refuse(status: 400 | 422, message: string): QueryAnswer {
  return { status, body: { data: null, errors: [{ message }] } };
}

/** An error of a field that is neither a refusal nor the library's is a mistake of the server, told as in every other route. */
function rethrow({ originalError }: GraphQLError): void {
  if (originalError !== undefined && !(originalError instanceof GraphQLError)) throw originalError;
}
