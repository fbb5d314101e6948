/** Where a PostgreSQL database is, as a `postgres://` URL says it. */
export interface PostgresLocation {
  /** The place in words for people: without the user and the password. */
  readonly place: string
  /** The hosts in the order in which they are tried, each with a URL of that host alone, as node-postgres reads it. */
  readonly hosts: readonly PostgresHost[]
}

export interface PostgresHost {
  /** `db.example.org:5432`, or the folder of a socket. */
  readonly name: string
  readonly connectionString: string
}

const FORM = 'postgres://user:password@host:port/name, with %2F for a / in the password and so on'
const URL_PARTS = /^(postgres(?:ql)?):\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/
const HOST_AND_PORT = /^(\[[0-9A-Fa-f:.%]+\]|[^:[\]]*)(?::(\d*))?$/
const USUAL_PORT = '5432'

/**
 * The kinds of session that berth can use, of those that libpq knows. berth writes, and takes a writer for each of
 * them.
 */
const SESSION_KINDS: readonly string[] = ['any', 'read-write', 'primary', 'prefer-standby']
/** Modes of TLS that node-postgres takes for `verify-full`, with a warning on standard error. */
const AS_VERIFY_FULL: readonly string[] = ['prefer', 'require', 'verify-ca']
/** The parameters by which libpq chooses a host. */
const OURS = ['host', 'port', 'target_session_attrs', 'load_balance_hosts']

/**
 * Reads a connection URI as libpq does (PostgreSQL, 34.1.1.2). Several hosts have commas between them, each with a
 * port or all with one. `host=` and `port=` in the query, as for the folder of a socket, take the place of those
 * before the path.
 * @throws Error that says what is wrong with the URL, without repeating any of it
 */
export function parsePostgresUrl(url: string): PostgresLocation {
  if (!/^\s*postgres(?:ql)?:\/\//.test(url)) throw new Error('it does not begin with postgres://')
  const [, scheme, login, authority = '', path = '/', query = ''] = URL_PARTS.exec(url.trim()) ?? []
  // An @ behind the host is that of a password with a plain / or ? in it, of which the rest would be taken for a name.
  if (scheme === undefined || path.includes('@') || /^[^=&]*@/.test(query) || !areDecodable(login, path))
    throw new Error(`it is not of the form ${FORM}`)
  const parameters = new URLSearchParams(query)
  const kind = parameters.get('target_session_attrs') ?? 'any'
  if (!SESSION_KINDS.includes(kind))
    throw new Error(`target_session_attrs is none of ${SESSION_KINDS.join(', ')}; berth writes`)

  const hosts = readHosts(authority, parameters)
  const rest = new URLSearchParams([...parameters].filter(([name]) => !OURS.includes(name)))
  if (AS_VERIFY_FULL.includes(rest.get('sslmode') ?? '') && !rest.has('uselibpqcompat'))
    rest.set('sslmode', 'verify-full')
  const shown =
    authority === '' ? `?${new URLSearchParams([...parameters].filter(([name]) => /^(?:host|port)$/.test(name)))}` : ''
  return {
    place: `${scheme}://${authority}${path === '/' ? '' : path}${shown === '?' ? '' : decodeURIComponent(shown)}`,
    hosts: hosts.map(({ host, port }) => ({
      name: host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`,
      connectionString: `${scheme}://${login === undefined ? '' : `${login}@`}berth${path}?${new URLSearchParams([...rest, ['host', host], ['port', port]])}`,
    })),
  }
}

function readHosts(authority: string, parameters: URLSearchParams): { host: string; port: string }[] {
  const before = authority.split(',').map(each => {
    const [, host, port = ''] = HOST_AND_PORT.exec(each) ?? []
    if (host === undefined) throw new Error(`it is not of the form ${FORM}`)
    return { host: decodeURIComponent(host.replace(/^\[(.*)\]$/, '$1')), port }
  })
  const names = parameters.get('host')?.split(',') ?? before.map(({ host }) => host)
  const ports = parameters.get('port')?.split(',') ?? before.map(({ port }) => port)
  if (ports.length !== 1 && ports.length !== names.length)
    throw new Error('it has neither one port for all of its hosts nor one for each')
  return names.map((name, index) => {
    const port = (ports.length === 1 ? ports[0] : ports[index]) || USUAL_PORT
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535 || port === '0')
      throw new Error('a port is not a number from 1 to 65535')
    return { host: name === '' ? 'localhost' : name, port }
  })
}

function areDecodable(...texts: readonly (string | undefined)[]): boolean {
  try {
    for (const text of texts) decodeURIComponent(text ?? '')
    return true
  } catch {
    return false
  }
}
