import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The plainest load balancer. Each request goes to the next server, whatever connection it came on. */
export interface AlternatingProxy {
  readonly url: string
  /** Names a server by its place; undefined removes it. Requests go to those that are named. */
  setTarget(index: number, url: string | undefined): void
  close(): Promise<void>
}

export async function startAlternatingProxy(): Promise<AlternatingProxy> {
  const targets: (string | undefined)[] = []
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const next = (): string | undefined => {
    for (let tries = 0; tries < targets.length; tries++) {
      turn = (turn + 1) % targets.length
      if (targets[turn] !== undefined) return targets[turn]
    }
    return undefined
  }

  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const target = next()
    if (target === undefined) {
      response.destroy()
      return
    }
    const { hostname, port } = new URL(target)
    const options = { hostname, port, method: incoming.method, path: incoming.url, setHost: false, agent }
    const outgoing = request({ ...options, headers: incoming.rawHeaders })
    outgoing.on('continue', () => response.writeContinue())
    outgoing.on('response', answer => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    // Clients of a server that goes away lose their connections, as without a proxy.
    outgoing.on('error', () => response.destroy())
    incoming.on('error', () => outgoing.destroy())
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy()
    })
    incoming.pipe(outgoing)
  }
  const server = createServer({ requireHostHeader: false, keepAliveTimeout: 60_000 }, forward)
  server.on('checkContinue', forward)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setTarget(index, url) {
      targets[index] = url
    },
    async close() {
      agent.destroy()
      server.closeAllConnections()
      server.close()
    },
  }
}
