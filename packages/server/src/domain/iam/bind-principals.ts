import { USER_ARN } from './parse-principals.ts'
import type { BoundPrincipals, Policy, Principals } from './policy.ts'

/** The policy with the principals that its names meant when it was set. */
export function bindPrincipals(policy: Policy, { accounts, users }: BoundPrincipals): Policy {
  const bind = (named: Principals): Principals => ({
    ...named,
    accounts: new Set(accounts.filter(account => named.accounts.has(account))),
    userArns: new Set(),
    userIds: new Set([...named.userArns].flatMap(arn => (Object.hasOwn(users, arn) ? (users[arn] ?? []) : []))),
  })
  return {
    ...policy,
    statements: policy.statements.map(statement => ({
      ...statement,
      principals: statement.principals && bind(statement.principals),
    })),
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g

/** A JSON object or list that is open; the name of an object's member that is read. */
interface Open {
  readonly isObject: boolean
  member: string | undefined
}

/**
 * The text of a policy with other principals in the place of users. Everything else stays, byte for byte.
 * `replacement` returns undefined for a user that stays. `text` must be a sound policy.
 */
export function replaceUsers(text: string, replacement: (userArn: string) => string | undefined): string {
  const open: Open[] = []
  return text.replace(TOKEN, token => {
    const inner = open.at(-1)
    if (token === '{' || token === '[') open.push({ isObject: token === '{', member: undefined })
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && inner?.isObject) inner.member = undefined
    else if (token.startsWith('"')) {
      const value = String(JSON.parse(token))
      if (inner?.isObject && inner.member === undefined) inner.member = value
      else if (namesPrincipal(open) && USER_ARN.test(value)) {
        const other = replacement(value)
        if (other !== undefined) return JSON.stringify(other)
      }
    }
    return token
  })
}

function namesPrincipal(open: readonly Open[]): boolean {
  const path = open.filter(each => each.isObject).map(each => each.member)
  return /^Statement\/(?:Not)?Principal\/AWS$/.test(path.join('/'))
}
