import { IncomingMessage } from 'node:http'
import { hasBody } from './read-body.ts'

/** A request that is a head alone, such as a pull. It is not told of its end. */
class QuietRequest extends IncomingMessage {
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    return chunk === null && isHeadAlone(this) ? false : super.push(chunk, encoding)
  }

  override resume(): this {
    return isHeadAlone(this) ? this : super.resume()
  }
}

const isHeadAlone = (request: IncomingMessage): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request)

/**
 * Options of a server for requests that are a head alone. Nobody waits for their end, and Node would read past a body
 * that is not there and close its stream: four ticks of the process and some 5 µs a request. Since Node 24 it has an
 * option of its own, and on Node 26 the class would let a connection be read while one of its requests waits.
 */
export const quietRequests =
  Number.parseInt(process.versions.node, 10) < 24 ? { IncomingMessage: QuietRequest } : { optimizeEmptyRequests: true }
