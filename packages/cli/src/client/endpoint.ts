import { service } from '@berth/model'
import { isTrue, nestedOptions, type Settings } from '../config/settings.ts'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import type { Target } from '../http/target.ts'

/** The partitions of AWS by the form of their regions, with the domains of their endpoints. */
const PARTITIONS = [
  { regions: /^cn-\w+-\d+$/, suffix: 'amazonaws.com.cn', dualStack: 'api.amazonwebservices.com.cn' },
  { regions: /^us-iso-\w+-\d+$/, suffix: 'c2s.ic.gov' },
  { regions: /^us-isob-\w+-\d+$/, suffix: 'sc2s.sgov.gov' },
  { regions: /^eu-isoe-\w+-\d+$/, suffix: 'cloud.adc-e.uk' },
  { regions: /^us-isof-\w+-\d+$/, suffix: 'csp.hci.ic.gov' },
]
const COMMERCIAL = { suffix: 'amazonaws.com', dualStack: 'api.aws' }

/**
 * The URL that requests go to: the flag, else AWS_ENDPOINT_URL_ECR_PUBLIC, the profile's `services` section,
 * AWS_ENDPOINT_URL and the profile's `endpoint_url`, else the service's own host in the region.
 * @throws CommandError when the URL cannot be used. No other takes its place
 */
export function resolveEndpoint(
  flag: string | undefined,
  region: string,
  settings: Settings,
  environment: Environment,
): Target {
  const configured = flag ?? configuredEndpoint(settings, environment)
  return parseEndpoint(configured ?? awsEndpoint(region, settings))
}

/**
 * The endpoint that the profile or the environment names; undefined where requests go to the service's own host, or
 * where the URL cannot be used.
 */
export function configuredTarget(settings: Settings, environment: Environment): Target | undefined {
  const configured = configuredEndpoint(settings, environment)
  try {
    return configured === undefined ? undefined : parseEndpoint(configured)
  } catch {
    return undefined
  }
}

/** Refuses a URL without a scheme. The original checks this before everything else. @throws CommandError `usage` */
export function requireScheme(url: string): void {
  if (/^[a-zA-Z][a-zA-Z\d+.-]*:/.test(url)) return
  throw new CommandError(
    'usage',
    `Bad value for --endpoint-url "${url}": scheme is missing.  Must be of the form http://<hostname>/ or https://<hostname>/`,
  )
}

function configuredEndpoint(settings: Settings, environment: Environment): string | undefined {
  if (
    isTrue(
      settings.lookUp({ variable: 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', option: 'ignore_configured_endpoint_urls' }),
    )
  ) {
    return undefined
  }
  const services = settings.lookUp({ option: 'services' })
  const section = services === undefined ? undefined : settings.profiles.services.get(services)
  return (
    setting(environment, service.endpointEnvironmentVariable) ??
    nestedOptions(section, 'ecr_public').get('endpoint_url') ??
    (settings.lookUp({ variable: 'AWS_ENDPOINT_URL', option: 'endpoint_url' }) || undefined)
  )
}

const HOST_LABEL = /^(?!-)[a-z\d-]{1,63}(?<!-)$/i

function parseEndpoint(text: string): Target {
  const invalid = (why = '') => new CommandError('general', `Invalid endpoint: ${text}${why}`)
  const path = /^[a-zA-Z][a-zA-Z\d+.-]*:\/\/[^/?#\\\s]+($|[/?#][^?#]*)/.exec(text)?.[1]
  if (path === undefined) throw invalid()
  if (!/^https?:/i.test(text)) throw invalid(' (its scheme must be http or https)')
  if (!URL.canParse(text)) throw invalid()
  const url = new URL(text)
  const labels = url.hostname.replace(/\.$/, '').split('.')
  if (!url.hostname.startsWith('[') && !labels.every(label => HOST_LABEL.test(label))) throw invalid()
  if (url.search !== '') throw invalid(' (it must not have a query)')
  const { protocol, host, hostname, port, search } = url
  return { protocol, host, hostname, port, pathname: path.startsWith('/') ? encodePath(path) : '/', search }
}

/** Encodes a path. Percent signs begin escapes, unless one of them does not: then each stands for itself. */
function encodePath(path: string): string {
  const escaped = /%(?![\da-f]{2})/i.test(path)
    ? path.replaceAll('%', '%25')
    : path.replace(/%[\da-f]{2}/gi, triplet => triplet.toUpperCase())
  return escaped.replace(/[^\w.~!$&'()*+,;=:@/%-]/gu, encodeURIComponent)
}

function awsEndpoint(region: string, settings: Settings): string {
  const fips = isTrue(settings.lookUp({ variable: 'AWS_USE_FIPS_ENDPOINT', option: 'use_fips_endpoint' }))
  const dualStack = isTrue(
    settings.lookUp({ variable: 'AWS_USE_DUALSTACK_ENDPOINT', option: 'use_dualstack_endpoint' }),
  )
  const partition = PARTITIONS.find(({ regions }) => regions.test(region)) ?? COMMERCIAL
  const suffix = dualStack ? (partition.dualStack ?? partition.suffix) : partition.suffix
  return `https://${service.endpointPrefix}${fips ? '-fips' : ''}.${region}.${suffix}`
}
