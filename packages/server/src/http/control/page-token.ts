import type { Input } from '@berth/model'
import { RegistryError } from '../../domain/problem.ts'
import type { Page } from '../../ports/rows/common.ts'

/** The listing that a token belongs to: one operation over one subject, such as a repository's id. */
export interface Listing<Key extends string> {
  readonly operation: string
  readonly subject: string | number
  /** Tells whether a text is a key of the listing. */
  readonly isKey: (text: string) => text is Key
}

/** The members of a request that page. */
export type Paged = Pick<Input<'DescribeRepositories'>, 'nextToken' | 'maxResults'>

const VERSION = 1
const DEFAULT_LIMIT = 100

/** The page that a request asks for. @throws RegistryError `parameterInvalid` for a token of another listing */
export function readPage<Key extends string>(listing: Listing<Key>, { nextToken, maxResults }: Paged): Page<Key> {
  const limit = maxResults ?? DEFAULT_LIMIT
  if (nextToken === undefined) return { limit }
  const after = readKey(nextToken)
  // The token, made again, must be the same text: so one comparison checks everything that the token is bound to.
  if (after === undefined || !listing.isKey(after) || writeToken(listing, after) !== nextToken)
    throw new RegistryError({
      kind: 'parameterInvalid',
      member: 'nextToken',
      constraint: 'Member must be a token that the same request returned',
    })
  return { after, limit }
}

/**
 * Makes a token for the page after `key`. To clients it means nothing: it is the base64url of a JSON list of version,
 * operation, subject and key.
 */
export function writeToken<Key extends string>(listing: Listing<Key>, after: Key): string {
  const { operation, subject } = listing
  return Buffer.from(JSON.stringify([VERSION, operation, subject, after])).toString('base64url')
}

/** The `isKey` of listings whose keys are whole numbers. */
export const isNumberKey = (text: string): text is `${number}` => /^\d{1,15}$/.test(text)

/** Refuses a request that asks for a page of things it names. @throws RegistryError `parameterInvalid` */
export function refusePaging(input: Paged, named: string): void {
  for (const member of ['nextToken', 'maxResults'] as const) {
    if (input[member] !== undefined)
      throw new RegistryError({
        kind: 'parameterInvalid',
        member,
        constraint: `Member must not be given together with ${named}`,
      })
  }
}

function readKey(token: string): string | undefined {
  try {
    const fields: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const key: unknown = Array.isArray(fields) ? fields[3] : undefined
    return typeof key === 'string' ? key : undefined
  } catch {
    return undefined
  }
}
