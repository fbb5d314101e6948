/** Why something elsewhere cannot be used, for an operator. */
export interface Refusal {
  /** What is wrong, without a full stop. It goes on behind a sentence that names the thing, as `it`. */
  readonly what: string
  /** What to do, in sentences. */
  readonly todo: string
}

/** The error of the system or of a client's library about a connection. */
interface NetworkError extends Error {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly address?: unknown
  readonly port?: unknown
  readonly hostname?: unknown
}

type Words = (error: NetworkError) => Refusal

const START = 'Start it there, or give its right address.'
const closed: Words = () => ({
  what: 'it closed the connection',
  todo: 'See what its log says, and whether it is what listens at this address.',
})
const noWay: Words = error => ({
  what: `there is no way from this machine to ${placeOf(error)}`,
  todo: 'Look at its address, and at the network of this machine.',
})
const forbidden: Words = error => ({
  what: `this machine does not permit a connection to ${placeOf(error)}`,
  todo: 'Look at the permissions of the socket and at the firewall.',
})
const late: Words = () => ({
  what: 'it does not answer in time',
  todo: 'See that it runs, that its address is right, and that no firewall is in between.',
})
const untrusted: Words = () => ({
  what: 'its certificate is of an authority that this machine does not trust',
  todo: "Name the file of that authority's certificate, in NODE_EXTRA_CA_CERTS or, for PostgreSQL, as sslrootcert= in the URL.",
})
const outOfDate: Words = ({ message }) => ({
  what: `its certificate is out of date (${message})`,
  todo: 'Renew it there, and look at the clock of this machine.',
})

/** The words by the code of the error (errno(3), and those of Node's DNS and TLS). */
const WORDS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: error => ({ what: `nobody listens at ${placeOf(error)}`, todo: START }),
  ENOENT: error => ({ what: `there is no socket ${placeOf(error)}`, todo: START }),
  EACCES: forbidden,
  EPERM: forbidden,
  ENOTFOUND: error => ({
    what: `there is no host of the name ${placeOf(error)}`,
    todo: 'Give its right name, or have the name server of this machine know it.',
  }),
  EAI_AGAIN: error => ({
    what: `the name server of this machine does not answer for ${placeOf(error)}`,
    todo: 'Look at the network of this machine and at its /etc/resolv.conf.',
  }),
  ETIMEDOUT: late,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  EADDRNOTAVAIL: noWay,
  ECONNRESET: closed,
  ECONNABORTED: closed,
  EPIPE: closed,
  EPROTO: () => ({
    what: 'it speaks no TLS at this address',
    todo: 'Switch TLS on there, or give the address without it.',
  }),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: outOfDate,
  CERT_NOT_YET_VALID: outOfDate,
  ERR_TLS_CERT_ALTNAME_INVALID: () => ({
    what: 'its certificate is for another name than that of its address',
    todo: 'Give an address that the certificate names, or have one made for this name.',
  }),
}

/** The words by what libraries say where there is no code. */
const SAID: readonly (readonly [pattern: RegExp, words: Words])[] = [
  [/^(?:Abort|Timeout)Error\b|\btime(?:d )?-?out\b/i, late],
  [/connection terminated|socket hang up|socket disconnected/i, closed],
]

/** Why a connection failed; undefined for an error of another kind. */
export function refusalOfNetwork(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NetworkError
  // A file that is not there is no matter of the network, though it has the code that a missing socket has.
  const isOfFiles = syscall !== 'connect' && /^(?:ENOENT|EACCES|EPERM)$/.test(String(code))
  if (typeof code === 'string' && !isOfFiles && Object.hasOwn(WORDS, code)) return WORDS[code]?.(error)
  return SAID.find(([pattern]) => pattern.test(`${error.name}: ${error.message}`))?.[1](error)
}

/** `127.0.0.1:5432`, `[::1]:5432`, `db.example.org` or the path of a socket; of a name with many addresses, all. */
function placeOf(error: NetworkError): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(each => placeOf(each)))].join(' and ')
  const { address, port, hostname } = error
  if (typeof address !== 'string') return typeof hostname === 'string' ? `"${hostname}"` : 'this address'
  if (typeof port !== 'number') return address
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
