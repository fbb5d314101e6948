import { Agent, type OutgoingHttpHeaders, request } from 'node:http'

export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** What keeps cookies and sends forms as a browser does, without scripts. */
export class TestBrowser {
  readonly url: string
  readonly cookies = new Map<string, string>()
  readonly #headers: OutgoingHttpHeaders
  readonly #agent = new Agent({ keepAlive: false })

  /** `headers` go with each request, and may replace what a browser says of itself. */
  constructor(url: string, headers: OutgoingHttpHeaders = {}) {
    this.url = url
    this.#headers = headers
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<Seen> {
    return this.#send('GET', path, undefined, headers)
  }

  /** Sends the fields as a form; a header that is undefined is left out. */
  post(path: string, fields: Readonly<Record<string, string>>, headers: OutgoingHttpHeaders = {}): Promise<Seen> {
    const type = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
    return this.#send('POST', path, new URLSearchParams(fields).toString(), { ...type, ...headers })
  }

  /** Sends a form that has files. */
  send(path: string, body: Buffer, type: string): Promise<Seen> {
    return this.#send('POST', path, body, { 'content-type': type, 'sec-fetch-site': 'same-origin' })
  }

  /** Fills in a form of a page with the hidden fields that it has. */
  async submit(
    page: string,
    action: string,
    fields: Readonly<Record<string, string>>,
    headers: OutgoingHttpHeaders = {},
  ): Promise<Seen> {
    const { text } = await this.get(page)
    return this.post(action, { ...hiddenIn(text), ...fields }, headers)
  }

  #send(method: string, path: string, body: string | Buffer | undefined, own: OutgoingHttpHeaders): Promise<Seen> {
    const cookie = Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const all = { accept: 'text/html', ...(cookie !== '' && { cookie }), ...this.#headers, ...own }
    const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method, headers, agent: this.#agent }, answer => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          for (const each of answer.headers['set-cookie'] ?? []) this.#keep(each)
          const seen = new Headers(answer.headers as Record<string, string>)
          resolve({ status: answer.statusCode ?? 0, headers: seen, text: Buffer.concat(chunks).toString() })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/; Max-Age=0/.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** The hidden fields of the first form in the content of a page that has some. */
export function hiddenIn(text: string): Record<string, string> {
  const main = text.slice(text.indexOf('<main'))
  const form = main.slice(main.indexOf('<input type="hidden"')).split('</form>', 1)[0] ?? ''
  const found = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  return Object.fromEntries(Array.from(found, ([, name = '', value = '']) => [name, value]))
}
