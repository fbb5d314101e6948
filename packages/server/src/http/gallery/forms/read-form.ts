import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../../domain/problem.ts'
import type { MemoryShare } from '../../../ports/memory.ts'
import { announcedBytes, readBody } from '../../bodies/read-body.ts'

/** What a person sent. A field that is not there is an empty text. */
export interface Form {
  text(name: string): string
  all(name: string): string[]
  file(name: string): Buffer | undefined
}

export interface FormOptions {
  readonly limitBytes: number
  readonly windowMs: number
  readonly share: MemoryShare
}

/** More of them take long to part, and no page has as many. */
const MOST_FIELDS = 12_000
const URLENCODED = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** Reads a form of texts. @throws RegistryError `requestMalformed`, `bodyTooLarge`, `bodyTooSlow`, `unavailable` */
export async function readForm(request: IncomingMessage, options: FormOptions): Promise<Form> {
  const { limitBytes, windowMs, share } = options
  if (!URLENCODED.test(request.headers['content-type'] ?? ''))
    throw malformed('A form must come as application/x-www-form-urlencoded.')
  const tooLarge = { kind: 'bodyTooLarge', limitBytes } as const
  // The body, the text that it is, and the fields of that.
  await share.wait(3 * Math.min(announcedBytes(request) ?? limitBytes, limitBytes))
  const text = (await readBody(request, { limitBytes, tooLarge, windowMs })).toString('latin1')
  if (count(text, '&') >= MOST_FIELDS) throw malformed(`A form may have ${MOST_FIELDS} fields at most.`)
  const fields = new URLSearchParams(text)
  return {
    text: name => fields.get(name) ?? '',
    all: name => fields.getAll(name),
    file: () => undefined,
  }
}

function count(text: string, mark: string): number {
  let found = 0
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) found += 1
  return found
}

const malformed = (reason: string) => new RegistryError({ kind: 'requestMalformed', reason })
