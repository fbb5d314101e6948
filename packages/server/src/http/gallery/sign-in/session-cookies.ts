import type { Door } from './door.ts'

type Use = 'session' | 'visit' | 'signed-in'

/**
 * The name of a cookie. Over HTTPS browsers take `__Host-` from this host alone. On loopback the name has the port,
 * since one machine runs several servers and cookies know no ports.
 */
const nameOf = ({ kind, port }: Door, use: Use): string =>
  kind === 'https' ? `__Host-berth-${use}` : `berth-${use}-${port}`

/** The session itself. */
export const sessionCookie = (door: Door): string => nameOf(door, 'session')
/** Ties the form of a sign-in to the browser that was shown it. */
export const visitCookie = (door: Door): string => nameOf(door, 'visit')
/** Says that there was a sign-in, so that public pages may offer the way to the desk. It gives no right. */
export const hintCookie = (door: Door): string => nameOf(door, 'signed-in')

/** A `Set-Cookie` that scripts cannot read. Without seconds it lasts as long as the browser runs; with 0 it ends. */
export function setCookie(door: Door, name: string, value: string, seconds?: number): string {
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`
  return `${name}=${value}${age}; Path=/; HttpOnly; SameSite=Lax${door.kind === 'https' ? '; Secure' : ''}`
}
