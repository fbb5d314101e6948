import { isJsonObject, listItems } from './faults.ts'
import type { Policy } from './policy.ts'
import { isKnownKey } from './request-context.ts'
import { type PolicyVersion, parseTemplate, variablesOf } from './template.ts'

/** The keys that a Condition element looks at: those that it names, and the variables in its values. */
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

/** Longer keys are cut where they are shown. */
const SHOWN_CHARACTERS = 128

/**
 * The keys that the policy looks at and that no request ever has. Each is a slip of the author, or something that berth
 * does not serve.
 */
export function unknownKeys(policy: Policy): string[] {
  const keys = policy.statements.flatMap(statement => [...statement.keys.values()])
  return [...new Set(keys)].filter(key => !isKnownKey(key)).map(key => key.slice(0, SHOWN_CHARACTERS))
}
