import { type AccountId, isAccountId, parseAccountId } from '../names.ts'
import { isJsonObject, type ReportFault, readStrings } from './faults.ts'
import type { Principals } from './policy.ts'
import { USER_ID } from './user-id.ts'

const ACCOUNT_ARN = /^arn:aws:iam::(?<account>[0-9]{12}):root$/
export const USER_ARN = /^arn:aws:iam::(?<account>[0-9]{12}):user\/(?<name>[\w+=,.@/-]+)$/
/**
 * ARNs of roles, their sessions and the sessions of federated users. berth has none of these, so such an ARN names
 * nobody.
 */
const SESSION_ARN =
  /^arn:aws:(?:iam::[0-9]{12}:role\/[\w+=,.@/-]+|sts::[0-9]{12}:(?:assumed-role\/[\w+=,.@-]+|federated-user)\/[\w+=,.@-]+)$/
/** Principals that are services or identity providers, such as `codebuild.amazonaws.com` or the ARN of a provider. */
const OTHER_TYPES: ReadonlyMap<string, RegExp> = new Map([
  ['Service', /^[\w.-]+$/],
  ['Federated', /^(?:[\w.-]+(?:\/[\w./-]+)?|arn:aws:iam::[0-9]{12}:(?:saml|oidc)-provider\/[\w+=,.@/-]+)$/],
])

/** Reads the value of a Principal or NotPrincipal element: `"*"`, or `{"AWS": …}` with the other types of IAM. */
export function parsePrincipals(value: unknown, negated: boolean, path: string, report: ReportFault): Principals {
  const accounts = new Set<AccountId>()
  const userArns = new Set<string>()
  const userIds = new Set<string>()
  let everyone = value === '*'

  const add = (text: string, at: string) => {
    const account = ACCOUNT_ARN.exec(text)?.groups?.['account'] ?? text
    if (text === '*') everyone = true
    else if (isAccountId(account)) accounts.add(account)
    else if (USER_ARN.test(text)) userArns.add(text)
    else if (USER_ID.test(text)) userIds.add(text)
    else if (!SESSION_ARN.test(text))
      report(
        'invalidValue',
        at,
        'The principal must be "*", an account id, or the ARN of an account, a user or a role.',
      )
  }

  if (isJsonObject(value)) {
    for (const [type, names] of Object.entries(value)) {
      const form = OTHER_TYPES.get(type)
      if (type !== 'AWS' && form === undefined) {
        report('unknownElement', `${path}.${type}`, 'The types of principals are AWS, Service and Federated.')
        continue
      }
      for (const [text, at] of readStrings(names, `${path}.${type}`, report))
        if (form === undefined) add(text, at)
        else if (!form.test(text)) report('invalidValue', at, `The value is no principal of the type ${type}.`)
    }
    if (Object.keys(value).length === 0) report('invalidValue', path, 'The element must name a principal.')
  } else if (!everyone) report('invalidValue', path, 'The value must be "*" or an object.')

  return { negated, everyone, accounts, userArns, userIds }
}

/** The account and the name in a user's ARN; undefined for any other text. */
export function parseUserArn(arn: string): { accountId: AccountId; userName: string } {
  const { account = '', name: userName = '' } = USER_ARN.exec(arn)?.groups ?? {}
  return { accountId: parseAccountId(account), userName }
}
