import { isTrue } from '../config/settings.ts'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import type { Credentials } from '../http/sign.ts'

/** The keys in the environment; undefined when there are none. @throws CommandError `general` for half a pair */
export function environmentKeys(environment: Environment): Credentials | undefined {
  const accessKeyId = setting(environment, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = setting(environment, 'AWS_SECRET_ACCESS_KEY')
  if (accessKeyId === undefined) return undefined
  if (secretAccessKey === undefined) throw partial('env', 'AWS_SECRET_ACCESS_KEY')
  const token = setting(environment, 'AWS_SECURITY_TOKEN') ?? setting(environment, 'AWS_SESSION_TOKEN')
  return { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) }
}

/** The error for half a pair of keys. */
export const partial = (source: string, missing: string) =>
  new CommandError('general', `Partial credentials found in ${source}, missing: ${missing}`)

/** Whether the environment names a service that gives a container its keys. */
export const namesContainer = (environment: Environment): boolean =>
  ['RELATIVE', 'FULL'].some(kind => setting(environment, `AWS_CONTAINER_CREDENTIALS_${kind}_URI`) !== undefined)

/** Whether the metadata service of EC2 must not be asked. */
export const metadataDisabled = ({ env }: Environment): boolean => isTrue(env['AWS_EC2_METADATA_DISABLED'])
