import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, type ConnectionLike } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { SettingsError } from './settings-error.js';

type Key = (typeof SEARCH_ATTRIBUTE)[keyof typeof SEARCH_ATTRIBUTE];

const KEYS: readonly Key[] = Object.values(SEARCH_ATTRIBUTE);
const { IndexedValueType } = proto.temporal.api.enums.v1;

// gRPC status codes, from the gRPC specification.
const INVALID_ARGUMENT = 3;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

/** `NAME=Type` of each of our search attributes, as `temporal server start-dev --search-attribute` takes it. */
export function searchAttributeFlags(): string[] {
  return KEYS.map((key) => `${key.name}=${typeName(key)}`);
}

/** The commands that register the attributes given, for who may not do it from here. */
export function registerCommands(names: readonly string[], namespace: string): string[] {
  return KEYS.filter(({ name }) => names.includes(name)).map(
    (key) =>
      `temporal operator search-attribute create --namespace ${namespace} --name ${key.name} --type ${typeName(key)}`,
  );
}

/**
 * Whether the namespace knows all our search attributes, asked the way workflows need them: by the
 * server's own, cached, view. Needs no more right than to list workflows.
 * @throws ServiceError when the server cannot be asked
 */
export async function areSearchAttributesVisible(connection: ConnectionLike, namespace: string): Promise<boolean> {
  const query = KEYS.map(({ name }) => `${name} IS NULL`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === INVALID_ARGUMENT) return false;
    throw error;
  }
}

/** Names of our search attributes that the namespace lacks; null when these credentials may not ask. */
export async function missingSearchAttributes(connection: ConnectionLike, namespace: string): Promise<string[] | null> {
  const types = await registeredTypes(connection, namespace);
  return types && KEYS.filter(({ name }) => !(name in types)).map(({ name }) => name);
}

export interface EnsureSearchAttributesOptions {
  readonly namespace: string;
  /** How long a new attribute may take to be seen by the whole server. @default 90000 */
  readonly visibleWithinMs?: number;
}

/**
 * Makes sure that the namespace knows our search attributes, and registers those it lacks: a workflow
 * that sets one the server does not know fails its task for ever.
 * @returns the names that were registered now
 * @throws SettingsError that says what to do, when they cannot be registered from here, have another type, or the namespace
 * takes no more of them
 */
export async function ensureSearchAttributes(
  connection: ConnectionLike,
  { namespace, visibleWithinMs = 90_000 }: EnsureSearchAttributesOptions,
): Promise<string[]> {
  const types = await registeredTypes(connection, namespace);
  if (types === null) {
    if (await areSearchAttributesVisible(connection, namespace)) return [];
    throw cannotRegister(KEYS, namespace, 'these credentials may not list search attributes');
  }
  const wrong = KEYS.filter((key) => key.name in types && types[key.name] !== valueType(key));
  if (wrong.length > 0) {
    const names = wrong.map((key) => `${key.name} (must be ${typeName(key)})`).join(', ');
    throw new SettingsError(
      `Namespace ${namespace} has search attributes of another type: ${names}. Use another namespace.`,
    );
  }
  const missing = KEYS.filter(({ name }) => !(name in types));
  if (missing.length > 0) await register(connection, missing, namespace);
  await untilVisible(connection, namespace, visibleWithinMs);
  return missing.map(({ name }) => name);
}

async function register(connection: ConnectionLike, keys: readonly Key[], namespace: string): Promise<void> {
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(keys.map((key) => [key.name, valueType(key)])),
    });
  } catch (error) {
    // Another worker that starts now may have been faster.
    if (isGrpcServiceError(error) && error.code === ALREADY_EXISTS) return;
    const said = saidBy(error);
    throw LIMIT.test(said)
      ? overLimit(await othersOf(connection, namespace), namespace, said)
      : cannotRegister(keys, namespace, said);
  }
}

/** How Temporal's server (1.29) words it that a namespace takes no more attributes of a type. */
const LIMIT = /cannot have more than/i;

/** A worker's connection has the server's words in the message alone, a client's in the details too. */
function saidBy(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return (isGrpcServiceError(error) && error.details ? error.details : message).replace(/\.$/, '');
}

/** Names of the attributes of the namespace that take the places of ours. */
async function othersOf(connection: ConnectionLike, namespace: string): Promise<string[]> {
  const types = (await registeredTypes(connection, namespace)) ?? {};
  return othersIn(types);
}

function othersIn(types: Readonly<Record<string, unknown>>): string[] {
  const ours = new Set<string>(KEYS.map(({ name }) => name));
  const wanted = new Set(KEYS.map(valueType));
  return Object.entries(types)
    .flatMap(([name, type]) => (wanted.has(Number(type)) && !ours.has(name) ? [name] : []))
    .toSorted();
}

/**
 * What stands in the way of registering what is missing, beside rights: attributes of others, where the server keeps its
 * index in SQL, which takes so many of a type. Null: nothing that can be told beforehand.
 */
export async function crowdText(connection: ConnectionLike, namespace: string): Promise<string | null> {
  const others = await othersOf(connection, namespace);
  if (others.length + KEYS.length <= MOST_IN_SQL) return null;
  return `The namespace has ${others.length} others of the type Keyword (${others.join(', ')}); an index in SQL takes ${MOST_IN_SQL} in all, ours are ${KEYS.length}. ${CROWDED}`;
}

/** Temporal's own number for the type Keyword. @see https://docs.temporal.io/search-attribute#custom-search-attribute-limits */
const MOST_IN_SQL = 10;

const CROWDED =
  'Give Reimage a namespace of its own (TEMPORAL_NAMESPACE), or remove those that nobody uses: `temporal operator search-attribute remove --namespace NAMESPACE --name NAME`.';

function overLimit(others: readonly string[], namespace: string, said: string): SettingsError {
  const beside = others.length === 0 ? '' : ` It has ${others.length} others of that type: ${others.join(', ')}.`;
  return new SettingsError(
    `Namespace ${namespace} has no room for the ${KEYS.length} search attributes of Reimage. The server says: ${said}.${beside} ${CROWDED.replace('NAMESPACE --name', `${namespace} --name`)}`,
  );
}

async function untilVisible(connection: ConnectionLike, namespace: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await areSearchAttributesVisible(connection, namespace))) {
    if (Date.now() > deadline) {
      throw new Error(
        `Search attributes were registered in namespace ${namespace} but the server does not see them after ${withinMs / 1000} s. Start the worker again later.`,
      );
    }
    await delay(250);
  }
}

async function registeredTypes(connection: ConnectionLike, namespace: string): Promise<Record<string, unknown> | null> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes;
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code === PERMISSION_DENIED || error.code === UNIMPLEMENTED)) return null;
    throw error;
  }
}

function cannotRegister(keys: readonly Key[], namespace: string, reason: string): SettingsError {
  const commands = registerCommands(
    keys.map(({ name }) => name),
    namespace,
  );
  return new SettingsError(
    `Namespace ${namespace} lacks search attributes and they cannot be registered from here (${reason}). Run:\n  ${commands.join('\n  ')}`,
  );
}

/** As the CLI writes it: `Keyword`. */
function typeName({ type }: Key): string {
  return TypedSearchAttributes.toMetadataType(type);
}

function valueType({ type }: Key): number {
  return IndexedValueType[`INDEXED_VALUE_TYPE_${type}`];
}
