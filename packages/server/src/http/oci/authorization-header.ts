import { RegistryError } from '../../domain/problem.ts'

/** The user name that registry passwords go with, as `docker login --username AWS` has it. */
const USER_NAME = 'AWS'

/**
 * The token in an Authorization header, in any form that clients send it: `Bearer TOKEN`, `Basic` of
 * `AWS:TOKEN`, and `Bearer` of that same base64, which ECR Public takes as well.
 * @throws RegistryError `credentialsMissing`, `credentialsRefused`
 */
export function readToken(header: string | undefined): string {
  if (header === undefined) throw new RegistryError({ kind: 'credentialsMissing' })
  const space = header.indexOf(' ')
  const scheme = header.slice(0, space).toLowerCase()
  const value = header.slice(space + 1).trim()
  if (scheme === 'bearer' && value !== '') return value.includes('.') ? value : passwordIn(value)
  if (scheme === 'basic' && value !== '') return passwordIn(value)
  throw new RegistryError({ kind: 'credentialsRefused', reason: 'invalid' })
}

function passwordIn(base64: string): string {
  const pair = Buffer.from(base64, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (pair.slice(0, colon) !== USER_NAME) throw new RegistryError({ kind: 'credentialsRefused', reason: 'invalid' })
  return pair.slice(colon + 1)
}
