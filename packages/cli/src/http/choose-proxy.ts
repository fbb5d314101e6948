import type { Environment } from '../environment.ts'
import type { Target } from './target.ts'

/** The proxy that the environment names for a URL; variables in lower case come first. */
export function chooseProxy(url: Target, { env }: Pick<Environment, 'env'>): URL | undefined {
  const variable = (name: string) => env[name.toLowerCase()] || env[name] || undefined
  const proxy = variable(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (proxy === undefined || isExempt(url, variable('NO_PROXY') ?? '')) return undefined
  const text = proxy.includes('://') ? proxy : `http://${proxy}`
  return URL.canParse(text) ? new URL(text) : undefined
}

/** `*`, a host, a host with its port, or a domain whose hosts are all meant. */
function isExempt(url: Target, list: string): boolean {
  return list
    .split(',')
    .map(entry => entry.trim().toLowerCase())
    .filter(entry => entry !== '')
    .some(entry => {
      const name = entry.replace(/^\./, '')
      return entry === '*' || [url.hostname, url.host].some(host => host === name || host.endsWith(`.${name}`))
    })
}
