import { ROLES, type Role } from "../../worker/auth/keys.ts";

/** As much of JSON Schema as the collector's description uses. */
export interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: boolean | Schema;
  maxProperties?: number;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** What stands in a path or a query. */
export interface Parameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  schema: Schema;
}

/** One method of one path. */
export interface Operation {
  method: string;
  /** With its parameters in braces. */
  path: string;
  /** What a key must be allowed; undefined where none is needed. */
  role: Role | undefined;
  parameters: Parameter[];
  body: Schema | undefined;
  /** By status: what an answer holds, by media type. */
  answers: ReadonlyMap<number, ReadonlyMap<string, Schema | undefined>>;
}

interface Document {
  paths: Record<string, Record<string, DescribedOperation>>;
  components: { schemas: Record<string, unknown> };
}

interface DescribedOperation {
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}

type Content = Record<string, { schema?: Schema }>;

/** All operations of an OpenAPI document, every reference in them replaced by what it refers to. */
export function operationsOf(document: unknown): Operation[] {
  const { paths, components } = document as Document;
  const resolved = resolve(paths, components.schemas) as Document["paths"];
  return Object.entries(resolved).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      role: ROLES.find((role) => described.description?.includes(`Role: ${role}.`)),
      parameters: described.parameters ?? [],
      body: described.requestBody?.content["application/json"]?.schema,
      answers: new Map(
        Object.entries(described.responses).map(([status, { content = {} }]) => [
          Number(status),
          new Map(Object.entries(content).map(([mediaType, { schema }]) => [mediaType, schema])),
        ]),
      ),
    })),
  );
}

/** The operation that serves a path as a router sees it; undefined: none. A router answers HEAD as GET. */
export function operationAt(
  operations: readonly Operation[],
  method: string,
  pathname: string,
): Operation | undefined {
  const served = method === "HEAD" ? "GET" : method;
  return operations.find((operation) => operation.method === served && patternOf(operation).test(pathname));
}

const patterns = new WeakMap<Operation, RegExp>();

function patternOf(operation: Operation): RegExp {
  const known = patterns.get(operation);
  if (known) return known;
  const pattern = new RegExp(`^${operation.path.replace(/\{\w+\}/g, "[^/]+")}$`);
  patterns.set(operation, pattern);
  return pattern;
}

function resolve(node: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((inner) => resolve(inner, schemas));
  if (typeof node !== "object" || node === null) return node;
  const { $ref } = node as { $ref?: string };
  if ($ref !== undefined) return resolve(schemas[$ref.split("/").at(-1) ?? ""], schemas);
  return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, resolve(inner, schemas)]));
}
