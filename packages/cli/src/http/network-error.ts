/** A request that got no answer. The message names the URL and is meant for a person. */
export class NetworkError extends Error {}

export const connectFailed = (url: string, cause?: unknown) =>
  new NetworkError(`Could not connect to the endpoint URL: "${url}"`, { cause })
export const connectTimedOut = (url: string) => new NetworkError(`Connect timeout on endpoint URL: "${url}"`)
export const readTimedOut = (url: string) => new NetworkError(`Read timeout on endpoint URL: "${url}"`)
export const connectionClosed = (url: string, cause?: unknown) =>
  new NetworkError(`Connection was closed before we received a valid response from endpoint URL: "${url}".`, { cause })
export const tlsFailed = (url: string, cause: Error) =>
  new NetworkError(`SSL validation failed for ${url} ${tlsReason(cause)}`, { cause })
export const proxyFailed = (proxy: string, cause?: unknown) =>
  new NetworkError(`Failed to connect to proxy URL: "${proxy}"`, { cause })

/** OpenSSL's reason, without the addresses and file names that come with it. */
function tlsReason(cause: Error & { readonly code?: unknown; readonly reason?: unknown }): string {
  const { code, reason } = cause
  if (typeof reason === 'string') return `[SSL: ${reason.toUpperCase().replaceAll(' ', '_')}] ${reason}`
  if (typeof code !== 'string') return cause.message
  return `[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ${cause.message}`
}
