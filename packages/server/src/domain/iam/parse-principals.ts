import { type AccountId, isAccountId } from '../names.ts'
import { isJsonObject, type ReportFault, readStrings } from './faults.ts'
import type { Principals } from './policy.ts'

const PRINCIPAL_ARN = /^arn:aws:iam::(?<account>[0-9]{12}):(?:root|(?<user>user\/[\w+=,.@/-]+))$/

/** Reads the value of a Principal or NotPrincipal element: `"*"` or `{"AWS": …}`. */
export function parsePrincipals(value: unknown, negated: boolean, path: string, report: ReportFault): Principals {
  const accounts = new Set<AccountId>()
  const userArns = new Set<string>()
  let everyone = value === '*'

  const add = (text: string, at: string) => {
    const { account = text, user } = PRINCIPAL_ARN.exec(text)?.groups ?? {}
    if (text === '*') everyone = true
    else if (user !== undefined) userArns.add(text)
    else if (isAccountId(account)) accounts.add(account)
    else report('invalidValue', at, 'The principal must be "*", an account id, or the ARN of an account or a user.')
  }

  if (isJsonObject(value)) {
    for (const [type, names] of Object.entries(value)) {
      if (type === 'AWS') for (const [text, at] of readStrings(names, `${path}.AWS`, report)) add(text, at)
      else report('unknownElement', `${path}.${type}`, 'The only type of principal is AWS.')
    }
    if (Object.keys(value).length === 0) report('invalidValue', path, 'The element must name a principal.')
  } else if (!everyone) report('invalidValue', path, 'The value must be "*" or an object.')

  return { negated, everyone, accounts, userArns }
}
