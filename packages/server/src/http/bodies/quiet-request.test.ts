import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { quietRequests } from './quiet-request.ts'

const ended = new Set<string>()
const server = createServer(quietRequests, (request, response) => void answer(request, response))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request
  request.on('end', () => ended.add(url))
  const body = headers['content-length'] === undefined ? undefined : await text(request)
  response.end(`[${method} ${url} ${body}]`)
}

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What is answered to `heads` over one connection, until the last of them has its answer. */
async function heard(last: string, ...heads: readonly string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let answers = ''
  socket.write(heads.join(''))
  for await (const bytes of socket) {
    answers += bytes
    if (answers.includes(`[${last}`)) break
  }
  return answers
}

it('answers heads alone one after the other, and tells of no end of theirs', async () => {
  const heads = ['/a', '/b', '/c'].map(path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  expect(await heard('GET /c', ...heads)).toMatch(/\[GET \/a undefined\].*\[GET \/b undefined\].*\[GET \/c/s)
  await heard('PUT /last ', 'PUT /last HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  expect([...ended]).toEqual(['/last'])
})

it.each(['GET', 'PUT'])('reads the body of a %s, and the next request after it', async method => {
  const body = `${method} /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody`
  const answers = await heard('GET /n', body, 'GET /n HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(answers).toContain(`[${method} /b body]`)
})
