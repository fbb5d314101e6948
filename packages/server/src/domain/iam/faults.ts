export type PolicyFaultKind =
  | 'malformedJson'
  | 'duplicateKey'
  | 'unknownElement'
  | 'missingElement'
  | 'misplacedElement'
  | 'invalidValue'

/**
 * Why a policy was refused. `path` is such as `Statement[0].Action`; `reason` is a sentence for the policy's author.
 */
export interface PolicyFault {
  readonly kind: PolicyFaultKind
  readonly path: string
  readonly reason: string
}

/**
 * How the parsers of a policy's parts tell a fault. A parser goes on after a fault, so that one answer names every
 * fault.
 */
export type ReportFault = (kind: PolicyFaultKind, path: string, reason: string) => void

export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One item or a list of items, as IAM writes most elements, each with its own path. */
export function listItems(value: unknown, path: string): readonly (readonly [item: unknown, path: string])[] {
  return Array.isArray(value) ? value.map((item, index) => [item, `${path}[${index}]`] as const) : [[value, path]]
}

/** Reads a string or a list of at least one string. An item that is no string is reported and left out. */
export function readStrings(value: unknown, path: string, report: ReportFault): readonly (readonly [string, string])[] {
  const items = listItems(value, path)
  if (items.length === 0) report('invalidValue', path, 'The list must not be empty.')
  return items.flatMap(([item, itemPath]) => {
    if (typeof item === 'string') return [[item, itemPath] as const]
    report('invalidValue', itemPath, 'The value must be a string.')
    return []
  })
}
