/** The program with a stub of a server, and a browser that writes down what it is to open. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { runMain } from '../../testing/run-main.ts'

const folder = mkdtempSync(join(tmpdir(), 'berth-browser-'))
const browser = join(folder, 'browser')
const opened = join(folder, 'opened')
let server: Server
let answer: string
const sent: unknown[] = []
beforeAll(async () => {
  writeFileSync(browser, `#!/bin/sh\nprintf '%s' "$*" > '${opened}'\n`, { mode: 0o755 })
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      sent.push([request.headers['x-amz-target'], JSON.parse(Buffer.concat(chunks).toString())])
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify({ url: answer, expiresAt: 1_790_000_000 }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const LINK = 'http://127.0.0.1:5000/-/signin/link/x?a=$(b)'
const open = (url: string, ...options: string[]) => {
  answer = url
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return runMain(['gallery', 'open', ...options], { AWS_ENDPOINT_URL_ECR_PUBLIC: endpoint, BROWSER: browser })
}
const read = () => {
  try {
    return readFileSync(opened, 'utf8')
  } catch {
    return undefined
  }
}

it('prints a link, and opens no browser where it shall not or where a format is asked for', async () => {
  const printed = await open(LINK, '--print')
  expect(printed).toMatchObject({ exitCode: 0, stdout: `${LINK}\n` })
  expect(printed.stderr).toBe('The link is good once, and for a minute.\n')
  expect(sent).toEqual([['Berth_V1.CreateSignInLink', {}]])
  const json = await open(LINK, '--output', 'json')
  expect(JSON.parse(json.stdout)).toEqual({ url: LINK, expiresAt: expect.anything() })
  expect(read()).toBeUndefined()
})

it('opens a browser, but nothing that is no page', async () => {
  const other = await open('file:///etc/passwd')
  expect(other.stderr).not.toContain('A browser')
  expect(read()).toBeUndefined()
  expect((await open(LINK)).stderr).toContain('A browser opens it.')
  await vi.waitFor(() => expect(read()).toBe(LINK))
})
