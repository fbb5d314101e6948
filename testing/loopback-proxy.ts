import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy before a server on loopback. It can break the way to the server. */
export interface LoopbackProxy extends AsyncDisposable {
  readonly endpoint: string
  /** How many connections of clients are open. */
  readonly connections: number
  /** Passes nothing on in either direction until `go`, while new connections are taken. */
  stall(): void
  /** Lets so many more bytes of answers through, and then stalls. */
  stallAfter(bytes: number): void
  go(): void
  /** Leads new connections to another server, as a name does. Open connections stay where they are. */
  aim(target: string): void
  /** Ends all connections that are open. */
  cut(): void
  /** Changes one byte that clients send, behind so many more. */
  corruptAfter(bytes: number): void
  /** Resolves once no client is connected. */
  idle(): Promise<void>
}

export async function startProxy(target: string): Promise<LoopbackProxy> {
  let { hostname, port } = new URL(target)
  const pairs = new Map<Socket, Socket>()
  const waiting: (() => void)[] = []
  let allowedBytes = Number.POSITIVE_INFINITY
  let soundBytes = Number.POSITIVE_INFINITY

  const pauseAll = () => {
    for (const [client, server] of pairs) {
      client.pause()
      server.pause()
    }
  }
  const proxy = createServer(client => {
    const server = connect(Number(port), hostname)
    pairs.set(client, server)
    const forget = () => {
      client.destroy()
      server.destroy()
      pairs.delete(client)
      if (pairs.size === 0) for (const resolve of waiting.splice(0)) resolve()
    }
    client.on('close', forget).on('error', forget)
    server.on('close', forget).on('error', forget)
    client.on('data', bytes => {
      if (soundBytes < bytes.length) {
        bytes.writeUInt8((bytes.readUInt8(soundBytes) + 1) % 256, soundBytes)
        soundBytes = Number.POSITIVE_INFINITY
      }
      soundBytes -= bytes.length
      server.write(bytes)
    })
    server.on('data', bytes => {
      allowedBytes -= bytes.length
      // As a real socket would: what the client does not take is not asked for.
      if (!client.write(bytes)) {
        server.pause()
        client.once('drain', () => {
          if (allowedBytes > 0) server.resume()
        })
      }
      if (allowedBytes <= 0) pauseAll()
    })
    if (allowedBytes <= 0) {
      client.pause()
      server.pause()
    }
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    get connections() {
      return pairs.size
    },
    stall() {
      allowedBytes = 0
      pauseAll()
    },
    stallAfter(bytes) {
      allowedBytes = bytes
    },
    go() {
      allowedBytes = Number.POSITIVE_INFINITY
      for (const [client, server] of pairs) {
        client.resume()
        server.resume()
      }
    },
    aim(other) {
      ;({ hostname, port } = new URL(other))
    },
    cut() {
      for (const client of pairs.keys()) client.destroy()
    },
    corruptAfter(bytes) {
      soundBytes = bytes
    },
    async idle() {
      if (pairs.size > 0) await new Promise<void>(resolve => waiting.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      for (const client of pairs.keys()) client.destroy()
      await new Promise(resolve => proxy.close(resolve))
    },
  }
}
