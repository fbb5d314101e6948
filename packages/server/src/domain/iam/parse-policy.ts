import { findDuplicateKey } from './duplicate-keys.ts'
import { isJsonObject, type JsonObject, listItems, type PolicyFault, type ReportFault } from './faults.ts'
import { parseStatement } from './parse-statement.ts'
import type { Policy, PolicyKind, Statement } from './policy.ts'
import type { PolicyVersion } from './template.ts'

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] }

/** Reads a policy document in IAM's JSON grammar. It never throws: a policy with any fault comes back as its faults. */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  const faults: PolicyFault[] = []
  const report: ReportFault = (faultKind, path, reason) => faults.push({ kind: faultKind, path, reason })
  const document = parseJson(text, report)
  const policy = document === undefined ? undefined : parseDocument(document, kind, report)
  return policy === undefined || faults.length > 0 ? { ok: false, faults } : { ok: true, policy }
}

function parseJson(text: string, report: ReportFault): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    report('malformedJson', '', 'The policy is not valid JSON.')
    return undefined
  }
  if (!isJsonObject(value)) {
    report('malformedJson', '', 'The policy must be a JSON object.')
    return undefined
  }
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined) report('duplicateKey', duplicate, 'An object must not hold the same name twice.')
  return value
}

const DOCUMENT_ELEMENTS = new Set(['Version', 'Id', 'Statement'])

function parseDocument(document: JsonObject, kind: PolicyKind, report: ReportFault): Policy {
  for (const name of Object.keys(document)) {
    if (!DOCUMENT_ELEMENTS.has(name)) report('unknownElement', name, 'A policy has no such element.')
  }
  const version = parseVersion(document['Version'], report)
  const id = document['Id']
  if (id !== undefined && typeof id !== 'string') report('invalidValue', 'Id', 'The value must be a string.')
  return {
    version,
    id: typeof id === 'string' ? id : undefined,
    statements: parseStatements(document['Statement'], kind, version, report),
  }
}

/** A policy without a version is of the oldest (IAM, "Version"). */
function parseVersion(value: unknown, report: ReportFault): PolicyVersion {
  if (value === '2012-10-17' || value === '2008-10-17') return value
  if (value !== undefined) report('invalidValue', 'Version', 'The version must be 2012-10-17 or 2008-10-17.')
  return '2008-10-17'
}

function parseStatements(
  value: unknown,
  kind: PolicyKind,
  version: PolicyVersion,
  report: ReportFault,
): readonly Statement[] {
  const items = value === undefined ? [] : listItems(value, 'Statement')
  if (items.length === 0) report('missingElement', 'Statement', 'A policy must have a statement.')
  const statements = items.flatMap(([item, path]) => {
    if (isJsonObject(item)) return parseStatement(item, { kind, version, path, report })
    report('invalidValue', path, 'A statement must be an object.')
    return []
  })
  const sids = statements.flatMap(statement => statement.sid ?? [])
  if (kind === 'identity' && new Set(sids).size < sids.length) {
    report('invalidValue', 'Statement', 'Each Sid of a policy must be unique.')
  }
  return statements
}
