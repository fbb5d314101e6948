import { connect as connectPlain, type Socket } from 'node:net'
import type { Target } from './target.ts'

/** A place to connect to. */
export interface Address {
  readonly host: string
  readonly port: number
}

export const addressOf = (url: Target, defaultPort: number): Address => ({
  // URLs put brackets around IPv6 addresses.
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port || defaultPort),
})

/** The longest that a timer can run, some 24 days. A timer set for longer would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1

export const milliseconds = (seconds: number): number => Math.min(seconds * 1000, LONGEST_TIMER)

/** Opens a connection. @throws Error of the connection; after `seconds` (0: never) that of `onTimeout` */
export function connect(address: Address, seconds: number, onTimeout: () => Error): Promise<Socket> {
  return established(connectPlain(address), 'connect', seconds, onTimeout)
}

/** Waits until a socket is usable. */
export function established<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  seconds: number,
  onTimeout: () => Error,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = seconds > 0 ? setTimeout(() => fail(onTimeout()), milliseconds(seconds)) : undefined
    const fail = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    socket.once('error', fail)
    socket.once(event, () => {
      clearTimeout(timer)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
