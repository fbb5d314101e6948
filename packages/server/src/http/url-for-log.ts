import { WITHHELD } from '../domain/without-passwords.ts'

/**
 * Parameters of the registry endpoint and of `/token/` whose values may be logged. Any other value may be a password.
 */
const PLAIN: ReadonlySet<string> = new Set([
  'account',
  'artifactType',
  'client_id',
  'digest',
  'digest-algorithm',
  'from',
  'last',
  'mount',
  'n',
  'ns',
  'offline_token',
  'scope',
  'service',
  'tag',
])
const NAME = /^[A-Za-z0-9_.-]{1,64}$/
/**
 * Behind these stand parameters, also where a client has encoded the question mark. No path of the registry has them.
 */
const QUERY = /([?;#]|%3f)/i
const ABSOLUTE = /^(?:https?:)?\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?(?=[/?]|$)/i

/** The secret of a sign-in link in a path, which may be mistyped. */
const SIGN_IN_LINK = /(\/-\/signin\/)[^?]+/

/**
 * A request's target for the log. It lacks the login of an absolute URL (RFC 9110, section 4.2.4), the values of
 * parameters that the registry does not know, and the secret of a link that signs in.
 */
export function urlForLog(url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  const shown = withoutLogin(url).replace(SIGN_IN_LINK, `$1${WITHHELD}`)
  const [path = '', mark] = shown.split(QUERY, 2)
  if (mark === undefined) return shown
  return path + mark + shown.slice(path.length + mark.length).replace(/[^&;#]+/g, plainParameter)
}

/**
 * The URL without its login. In a URL that is no plain path, all up to the last `@` may be a login: passwords hold
 * slashes and question marks too.
 */
function withoutLogin(url: string): string {
  if (/^(?:\/(?!\/)|\?|$)/.test(url)) return url
  const at = url.lastIndexOf('@')
  if (at >= 0) return `${WITHHELD}${url.slice(at)}`
  return ABSOLUTE.test(url) ? url : WITHHELD
}

function plainParameter(text: string): string {
  const end = text.indexOf('=')
  const name = end < 0 ? text : text.slice(0, end)
  if (PLAIN.has(name)) return text
  return end >= 0 && NAME.test(name) ? `${name}=${WITHHELD}` : WITHHELD
}
