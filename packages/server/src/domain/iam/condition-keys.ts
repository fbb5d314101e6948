import { isJsonObject, listItems } from './faults.ts'
import type { Policy } from './policy.ts'
import { isKnownKey } from './request-context.ts'
import { type PolicyVersion, parseTemplate, variablesOf } from './template.ts'

/** The keys that a Condition element looks at: those it names, and the variables in its values. */
export function keysOfConditions(element: unknown, version: PolicyVersion): string[] {
  if (!isJsonObject(element)) return []
  return Object.values(element)
    .filter(isJsonObject)
    .flatMap(Object.entries)
    .flatMap(([key, expected]) => [
      key,
      ...listItems(expected, '').flatMap(([value]) => variablesOf(parseTemplate(String(value), version) ?? [])),
    ])
}

/** Longer ones are cut when they are shown. */
const SHOWN_CHARACTERS = 128

/**
 * Keys that the policy looks at and no request ever has: a slip of its author, or something that is not served here.
 */
export function unknownKeys(policy: Policy): string[] {
  const keys = policy.statements.flatMap(statement => [...statement.keys.values()])
  return [...new Set(keys)].filter(key => !isKnownKey(key)).map(key => key.slice(0, SHOWN_CHARACTERS))
}
