import { FaultError, memberPath } from './fault.ts'
import type { Json } from './read-json.ts'

/** Readers of JSON values that must be of one kind; each throws a `FaultError` with the path otherwise. */

export type Members = ReadonlyMap<string, Json>

/** ECR's API has 32 bits for what a rule counts. */
const MAX_INTEGER = 2_147_483_647

/** Reads an object that has all of the required members, and no others than those and the optional ones. */
export function readMembers(
  json: Json,
  path: string,
  names: { readonly required: readonly string[]; readonly optional?: readonly string[] },
): Members {
  if (!(json instanceof Map)) throw new FaultError(path, 'must be an object')
  for (const name of json.keys())
    if (!names.required.includes(name) && names.optional?.includes(name) !== true)
      throw new FaultError(memberPath(path, name), 'is unknown')
  for (const name of names.optional ?? [])
    if (json.get(name) === null) throw new FaultError(memberPath(path, name), 'must be left out, and not be null')
  for (const name of names.required) if (!json.has(name)) throw new FaultError(memberPath(path, name), 'is missing')
  return json
}

/** Reads a list with one element to `max` elements. */
export function readList(json: Json | undefined, path: string, max = Number.POSITIVE_INFINITY): readonly Json[] {
  if (!Array.isArray(json)) throw new FaultError(path, 'must be a list')
  if (json.length === 0) throw new FaultError(path, 'must not be empty')
  if (json.length > max) throw new FaultError(path, `must not have more than ${max} elements, and has ${json.length}`)
  return json
}

/** Reads a string. @throws FaultError for another kind of value */
export function readString(json: Json | undefined, path: string): string {
  if (typeof json !== 'string') throw new FaultError(path, 'must be a string')
  return json
}

/** Reads a whole number from 1 on. @throws FaultError for any other value */
export function readPositiveInteger(json: Json | undefined, path: string): number {
  if (typeof json !== 'number' || !Number.isInteger(json) || json < 1 || json > MAX_INTEGER)
    throw new FaultError(path, `must be a whole number from 1 to ${MAX_INTEGER}`)
  return json
}

/** Reads one of the texts `choices`. */
export function readChoice<const T extends string>(json: Json | undefined, path: string, choices: readonly T[]): T {
  const choice = choices.find(each => each === json)
  if (choice === undefined) {
    const all = choices.map(each => JSON.stringify(each))
    throw new FaultError(path, `must be ${all.length === 1 ? '' : 'one of '}${all.join(', ')}`)
  }
  return choice
}
