import type { Socket } from 'node:net'
import { milliseconds } from './connect.ts'
import { createResponseReader, formatRequest, type HttpRequest, type HttpResponse } from './http1.ts'
import { HttpError } from './response-head.ts'

interface Waiting {
  /** Seconds that the other side may be silent; 0 waits for ever. */
  readonly seconds: number
  readonly onTimeout: () => Error
  /** Whether the connection stays open after the answer, as that of a tunnel does. */
  readonly keep?: boolean
}

/** Sends one request over a connection and reads the answer. @throws Error of the connection, or HttpError */
export function exchange(socket: Socket, request: HttpRequest, waiting: Waiting): Promise<HttpResponse> {
  const reader = createResponseReader({ tunnel: waiting.keep === true })
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const watch = () => {
      clearTimeout(timer)
      if (waiting.seconds > 0) timer = setTimeout(() => finish(waiting.onTimeout()), milliseconds(waiting.seconds))
    }
    const finish = (result: HttpResponse | Error) => {
      clearTimeout(timer)
      socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close')
      if (result instanceof Error || waiting.keep !== true) socket.destroy()
      if (result instanceof Error) reject(result)
      else resolve(result)
    }
    const attempt = (read: () => HttpResponse | undefined) => {
      try {
        const response = read()
        if (response) finish(response)
      } catch (error) {
        finish(error instanceof Error ? error : new HttpError(String(error)))
      }
    }
    watch()
    socket.on('data', bytes => {
      watch()
      attempt(() => reader.push(bytes))
    })
    socket.on('error', finish)
    socket.on('end', () => attempt(() => reader.end()))
    socket.on('close', () => finish(new HttpError('the connection was closed')))
    socket.write(formatRequest(request))
  })
}
