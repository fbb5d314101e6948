import type { IncomingMessage } from 'node:http'

/** The first cookie of that name that a browser has sent. */
export function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  for (const each of (headers.cookie ?? '').split(';')) {
    const pair = each.trim()
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1)
  }
  return undefined
}
