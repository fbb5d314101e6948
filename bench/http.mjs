// The least HTTP/1.1 client that can load a registry: one socket, one request at a time, bodies counted and not kept.
// The generator has to cost less than the servers it measures, so there is no stream, no parser and no copy in the way.

import { connect } from 'node:net'

const READ_BYTES = 1 << 20

/**
 * Opens a kept-alive connection. `request` resolves with the status, the headers (lower case) and the number of body
 * bytes; its body is a list of buffers, sent in order as the socket takes them.
 */
export async function openConnection({ host, port }) {
  let pending
  const fail = error => {
    pending?.reject(error)
    pending = undefined
  }
  const socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback(length, buffer) {
        receive(buffer.subarray(0, length))
        return true
      },
    },
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })

  function receive(chunk) {
    if (pending === undefined) return socket.destroy(new Error('bytes that belong to no request'))
    let body = chunk
    if (pending.remaining === undefined) {
      pending.head += chunk.latin1Slice()
      const end = pending.head.indexOf('\r\n\r\n')
      if (end < 0) return
      const extra = pending.head.length - (end + 4)
      body = chunk.subarray(chunk.length - extra)
      const [statusLine, ...lines] = pending.head.slice(0, end).split('\r\n')
      pending.status = Number(statusLine.split(' ')[1])
      pending.headers = Object.fromEntries(
        lines.map(line => line.split(/:\s*(.*)/s)).map(([name, value]) => [name.toLowerCase(), value]),
      )
      const length = pending.headers['content-length']
      if (length === undefined && pending.status !== 204) return fail(new Error(`${statusLine}: no Content-Length`))
      pending.length = Number(length ?? 0)
      pending.remaining = pending.length
    }
    pending.remaining -= body.length
    if (pending.remaining > 0) return
    const { resolve, status, headers, length } = pending
    pending = undefined
    resolve({ status, headers, length })
  }

  async function send(head, chunks) {
    socket.write(head)
    for (const chunk of chunks) {
      if (!socket.write(chunk)) await new Promise(resolve => socket.once('drain', resolve))
    }
  }

  return {
    request(method, path, headers = {}, chunks = []) {
      const length = chunks.reduce((total, chunk) => total + chunk.length, 0)
      const sent = { host: `${host}:${port}`, ...headers }
      if (method !== 'GET') sent['content-length'] = length
      const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`)
      return new Promise((resolve, reject) => {
        pending = { resolve, reject, head: '' }
        send(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, chunks).catch(reject)
      })
    },
    close: () => {
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}
