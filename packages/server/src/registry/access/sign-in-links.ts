import { createHash, randomBytes } from 'node:crypto'
import { GalleryError } from '../../domain/problem.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import type { SignInLinkRow } from '../../ports/rows/access/sign-in-links.ts'
import type { RegistryContext } from '../context.ts'

const GOOD_MS = 60 * 1000
/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 60 * 1000

/** A link that is good for longer than any was made by a clock that was wrong. */
const isGood = ({ goodUntil }: SignInLinkRow, now: number): boolean =>
  now < goodUntil && goodUntil <= now + GOOD_MS + SLACK_MS

/** The rows have a hash: whoever reads them cannot sign in. */
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** Makes a link for the user of a key. The secret in it is told this once. */
export async function createSignInLink(
  { metadata, clock }: RegistryContext,
  accessKeyId: string,
): Promise<{ secret: string; expiresAt: number }> {
  const secret = randomBytes(32).toString('base64url')
  const now = clock.now()
  const expiresAt = now + GOOD_MS
  await metadata.transaction(rows =>
    rows.signInLinks.add({ hash: hashOf(secret), accessKeyId, goodUntil: expiresAt }, now),
  )
  return { secret, expiresAt }
}

/** The user whom a link signs in. The link stays good. @throws GalleryError `linkOver` */
export async function findSignInLink({ metadata, clock }: RegistryContext, secret: string): Promise<Principal> {
  const { rows } = metadata
  const link = await rows.signInLinks.find(hashOf(secret))
  const isFound = link !== undefined && isGood(link, clock.now())
  const principal = isFound ? await rows.accessKeys.principal(link.accessKeyId) : undefined
  if (principal?.accessKey.active !== true) throw new GalleryError({ kind: 'linkOver' })
  return principal
}

/**
 * Uses a link up. Of several requests for one link at once, on whatever servers, one gets it.
 * @throws GalleryError `linkOver`
 */
export async function redeemSignInLink({ metadata, clock }: RegistryContext, secret: string): Promise<Principal> {
  const principal = await metadata.transaction(async rows => {
    const link = await rows.signInLinks.claim(hashOf(secret))
    return link !== undefined && isGood(link, clock.now()) ? rows.accessKeys.principal(link.accessKeyId) : undefined
  })
  if (principal?.accessKey.active !== true) throw new GalleryError({ kind: 'linkOver' })
  return principal
}
