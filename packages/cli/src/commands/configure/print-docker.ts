import { resolve } from 'node:path'
import { setting } from '../../environment.ts'
import { CommandError, exitCodes } from '../../errors.ts'
import type { Context } from '../command.ts'
import { findLogins } from '../docker-credential/find-login.ts'

/**
 * Prints what to add to docker's configuration file. That file is the user's: this program writes nothing into it.
 * @throws CommandError `configuration` where no profile leads to a registry
 */
export async function printDocker(context: Context): Promise<number> {
  const { environment } = context
  const profiles = new Map<string, string>()
  for (const { target, context: each } of findLogins(context))
    if (!profiles.has(target.host)) profiles.set(target.host, each.settings.profile)
  const hosts = [...profiles.keys()]
  if (hosts.length === 0)
    throw new CommandError(
      'configuration',
      'No profile leads to a registry that docker may log in to. `berth configure --local` writes one for the registry ' +
        'on this machine; for another one, give a profile an endpoint_url that begins with https.',
    )
  const folder = resolve(setting(environment, 'DOCKER_CONFIG') ?? `${environment.home}/.docker`)
  const lines = JSON.stringify({ credHelpers: Object.fromEntries(hosts.map(host => [host, 'berth'])) }, undefined, 2)
  environment.stdout.write(`Add this to ${folder}/config.json:

${lines.replace(/^/gm, '  ')}

${hosts.length > 1 ? `Leave out what is no registry: ${told(profiles)}.\n\n` : ''}docker then asks docker-credential-berth, which must be in the PATH, for a password whenever it needs one. So do
podman, skopeo and buildah, unless a file of their own has a login for the host.
`)
  return exitCodes.ok
}

/** `127.0.0.1:5000 (profile berth), localhost:4566 (profile stack)` */
const told = (profiles: ReadonlyMap<string, string>): string =>
  Array.from(profiles, ([host, profile]) => `${host} (profile ${profile})`).join(', ')
