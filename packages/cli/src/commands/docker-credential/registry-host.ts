/** The host of a registry as a client of images names it, read from what stands in an image's name or from a URL. */
export interface RegistryHost {
  /** `http:` or `https:`, where the client says one. */
  readonly protocol: string | undefined
  /** Host and port as a URL of that protocol has them: without the port that the protocol implies. */
  readonly host: (protocol: string) => string
}

const SERVER =
  /^(?:(https?):\/\/)?(\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?)(?::([1-9]\d{0,4}))?(?:\/(?:v[12]\/?)?)?$/i

const USUAL_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** Reads a host and nothing that could be taken for another one: no login, no query, no path but that of the API. */
export function registryHost(text: string): RegistryHost | undefined {
  const [, scheme, name, port] = SERVER.exec(text) ?? []
  if (name === undefined) return undefined
  return {
    protocol: scheme && `${scheme.toLowerCase()}:`,
    host: protocol => {
      const own = port === undefined || port === USUAL_PORTS[protocol] ? '' : `:${port}`
      return `${name.toLowerCase()}${own}`
    },
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether a URL's host is this machine, so that nobody else hears what is said without TLS. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname)
