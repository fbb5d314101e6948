import { configuredTarget } from '../../client/endpoint.ts'
import { createSettings } from '../../config/settings.ts'
import type { Target } from '../../http/target.ts'
import type { Context } from '../command.ts'
import { isLoopback, registryHost } from './registry-host.ts'

/** One way to log in to a registry: where it is, and the context in which the command line asks it for a password. */
export interface Login {
  readonly target: Target
  readonly context: Context
}

/** Variables that lead requests elsewhere than the profile does. */
const ENDPOINTS = /^AWS_(?:ENDPOINT_URL|IGNORE_CONFIGURED_ENDPOINT_URLS)/

/**
 * All logins that are safe to use, the preferred one first: that of the environment or the chosen profile, as every
 * command takes it; that of the profile `berth`; those of the other profiles in the order of the files. A profile
 * without an endpoint of its own leads to Amazon, and is left out.
 */
export function findLogins(context: Context): Login[] {
  const { config, credentials } = context.settings.profiles
  const named = [...new Set(['berth', ...config.keys(), ...credentials.keys()])].map(name => ofProfile(name, context))
  return [context, ...named].flatMap(each => {
    const target = configuredTarget(each.settings, each.environment)
    return target !== undefined && (target.protocol === 'https:' || isLoopback(target.hostname))
      ? [{ target, context: each }]
      : []
  })
}

/** The login for the host and port that a client names; undefined where no profile leads to exactly there. */
export const findLogin = (server: string, context: Context): Login | undefined => {
  const asked = registryHost(server)
  return asked === undefined
    ? undefined
    : findLogins(context).find(
        ({ target: { protocol, host } }) =>
          host.toLowerCase() === asked.host(protocol) && (asked.protocol ?? protocol) === protocol,
      )
}

function ofProfile(profile: string, context: Context): Context {
  const env = Object.fromEntries(Object.entries(context.environment.env).filter(([name]) => !ENDPOINTS.test(name)))
  const environment = { ...context.environment, env }
  return {
    ...context,
    environment,
    options: { ...context.options, profile },
    settings: createSettings(context.settings.profiles, environment, profile),
  }
}
