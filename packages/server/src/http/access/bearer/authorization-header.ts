import { RegistryError } from '../../../domain/problem.ts'

/** The user name that registry passwords go with, as `docker login --username AWS` has it. */
const USER_NAME = 'AWS'

/** Neither a name nor a password: what some clients send when they have no login. */
const BLANK_LOGIN = Buffer.from(':').toString('base64')

/**
 * The token in an Authorization header, in any form in which clients send it: `Bearer TOKEN`, `Basic` of `AWS:TOKEN`,
 * and `Bearer` of that same base64, which ECR Public takes as well.
 * @throws RegistryError `credentialsMissing`, `credentialsRefused`
 */
export function readToken(header: string | undefined): string {
  if (header === undefined) throw new RegistryError({ kind: 'credentialsMissing' })
  const { scheme, value } = split(header)
  if (scheme === 'bearer' && value !== '') return value.includes('.') ? value : passwordIn(value)
  if (scheme === 'basic' && value !== '') return passwordIn(value)
  throw new RegistryError({ kind: 'credentialsRefused', reason: 'invalid' })
}

/** Whether an Authorization header gives a login, good or bad. A blank login counts as none. */
export function hasLogin(header: string | undefined): header is string {
  if (header === undefined) return false
  const { scheme, value } = split(header)
  return scheme !== 'basic' || value !== BLANK_LOGIN
}

function split(header: string): { scheme: string; value: string } {
  const space = header.indexOf(' ')
  return { scheme: header.slice(0, space).toLowerCase(), value: header.slice(space + 1).trim() }
}

/** A token of RFC 9110, section 11.2, with nothing behind it: that would be passed over, such as a second login. */
const TOKEN68 = /^[A-Za-z0-9._~+/-]+=*$/

/** @throws RegistryError `credentialsRefused` */
function passwordIn(base64: string): string {
  if (!TOKEN68.test(base64)) throw new RegistryError({ kind: 'credentialsRefused', reason: 'invalid' })
  const pair = Buffer.from(base64, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return passwordOf(pair.slice(0, colon), pair.slice(colon + 1))
}

/** The token that a password is. Only one user name goes with a password. @throws RegistryError `credentialsRefused` */
export function passwordOf(userName: string, password: string): string {
  if (userName !== USER_NAME) throw new RegistryError({ kind: 'credentialsRefused', reason: 'invalid' })
  return password
}
