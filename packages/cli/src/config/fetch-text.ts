import { request } from 'node:http'

type Options = {
  readonly method?: 'GET' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  /** The whole request must be answered within this time. */
  readonly milliseconds: number
}

/** The body of a small answer of a machine near by. @throws Error unless the status is 200 */
export function fetchText(url: string, { method = 'GET', headers = {}, milliseconds }: Options): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(milliseconds) })
    outgoing.on('error', reject)
    outgoing.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`Received non 200 response ${response.statusCode} from container metadata: ${text}`))
      })
    })
    outgoing.end()
  })
}
