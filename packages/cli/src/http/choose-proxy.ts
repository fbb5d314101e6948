import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { proxyFailed } from './network-error.ts'
import type { Target } from './target.ts'

/** A proxy, with its URL as messages show it: as it was given, without user and password. */
export interface HttpProxy {
  readonly url: URL
  readonly shown: string
}

/**
 * The proxy that the environment names for a URL. Variables in lower case come first, even to say that there is none.
 * @throws CommandError `general` for a proxy that cannot be used: a request that is meant for it must not go around it
 */
export function chooseProxy(url: Target, { env }: Pick<Environment, 'env'>): HttpProxy | undefined {
  const variable = (name: string) => (env[name.toLowerCase()] ?? env[name]) || undefined
  const named = variable(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (named === undefined || isExempt(url, variable('NO_PROXY') ?? '')) return undefined
  const text = named.includes('://') ? named : `http://${named.replace(/^\/\//, '')}`
  const shown = text.replace(/\/\/[^/?#]*@/, user => (user.includes(':') ? '//***:***@' : '//***@'))
  if (/^https?:/i.test(text) && URL.canParse(text)) return { url: new URL(text), shown }
  throw new CommandError('general', proxyFailed(shown).message)
}

/** Whether a list names the URL's host: by `*`, a host, a host with its port, or a domain whose hosts are all meant. */
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
