import { operations } from '@berth/model'
import { createClient } from '../../client/client.ts'
import { CommandError, exitCodes } from '../../errors.ts'
import { withReader } from '../../output/with-reader.ts'
import { isDict, type Value } from '../../python/value.ts'
import type { Context } from '../command.ts'

/** The one command of the service that is no operation. */
export const LOGIN_PASSWORD = 'get-login-password'

/** Prints the password that image clients log in with, and nothing else. */
export async function loginPassword(argv: readonly string[], context: Context): Promise<number> {
  if (argv.length > 0) throw new CommandError('usage', `Unknown options: ${argv.join(',')}`)
  const { password } = await requestPassword(context)
  await withReader(() => context.environment.stdout.write(`${password}\n`))
  return exitCodes.ok
}

/**
 * Asks for the password that image clients log in with. `expiresAt` is in milliseconds since 1970, and undefined where
 * the answer does not tell. @throws CommandError
 */
export async function requestPassword(
  context: Context,
): Promise<{ readonly password: string; readonly expiresAt: number | undefined }> {
  const client = await createClient(context)
  const answer = await client.call(operations.GetAuthorizationToken, new Map())
  const data = answer.get('authorizationData')
  const token = isDict(data) ? data.get('authorizationToken') : undefined
  const [, password, ...more] = decode(typeof token === 'string' ? token : '').split(':')
  if (password === undefined || more.length > 0) {
    throw new CommandError('general', 'The service sent an authorization token that is no user name and password.')
  }
  return { password, expiresAt: isDict(data) ? momentOf(data.get('expiresAt')) : undefined }
}

/** Milliseconds since 1970 of a time on the wire, which is in seconds or in ISO 8601. */
function momentOf(value: Value | undefined): number | undefined {
  const moment = typeof value === 'string' ? Date.parse(value) : Number(value) * 1000
  return Number.isFinite(moment) ? moment : undefined
}

/** The text of a token in base64; empty for a token whose bytes are no text. */
function decode(token: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(token, 'base64'))
  } catch {
    return ''
  }
}
