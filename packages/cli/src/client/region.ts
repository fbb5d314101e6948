import type { Settings } from '../config/settings.ts'
import { metadataDisabled } from '../credentials/environment-keys.ts'
import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'

/** One label of a host name. The empty text passes: without an endpoint URL it fails later, for want of a host. */
const LABEL = /^$|^(?!-|\d+$)[a-zA-Z\d-]{1,63}(?<!-)$/

/**
 * The region: the flag, else the environment, else the profile, else that of the machine if it runs in EC2.
 * @throws CommandError `general` for a region that fits no host name
 */
export async function resolveRegion(
  flag: string | undefined,
  settings: Settings,
  environment: Environment,
): Promise<string | undefined> {
  const region =
    flag ??
    environment.env['AWS_REGION'] ??
    environment.env['AWS_DEFAULT_REGION'] ??
    settings.lookUp({ option: 'region' }) ??
    (await instanceRegion(settings, environment))
  if (region !== undefined && !LABEL.test(region)) {
    throw new CommandError('general', `Provided region_name '${region}' doesn't match a supported format.`)
  }
  return region
}

/** Returns the region, which a request must have. @throws CommandError `configuration` without one */
export function requireRegion(region: string | undefined): string {
  if (region !== undefined) return region
  throw new CommandError(
    'configuration',
    'You must specify a region. You can also configure your region by running "aws configure".',
  )
}

async function instanceRegion(settings: Settings, environment: Environment): Promise<string | undefined> {
  if (metadataDisabled(environment)) return undefined
  const { readInstanceRegion } = await import('../credentials/instance-metadata.ts')
  return readInstanceRegion(settings)
}
