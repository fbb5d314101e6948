import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../../domain/problem.ts'
import type { MemoryShare } from '../../../ports/memory.ts'
import { announcedBytes, readBody } from '../../bodies/read-body.ts'
import { parseMultipart } from './multipart.ts'

/** What a person sent. Lines end with a line feed alone. */
export interface Form {
  /** The first text of that name; empty where there is none. */
  text(name: string): string
  all(name: string): string[]
  /** All names with texts, in their order. Files are left out. */
  texts(): (readonly [name: string, text: string])[]
  /** Whether a box is ticked, or a button was pressed. */
  has(name: string): boolean
  /** The bytes of a file; undefined where none was chosen. */
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

/**
 * Reads a form, which may have files. @throws RegistryError `requestMalformed`, `bodyTooLarge`, `bodyTooSlow`,
 * `unavailable`
 */
export async function readForm(request: IncomingMessage, options: FormOptions): Promise<Form> {
  const { limitBytes, windowMs, share } = options
  const type = request.headers['content-type'] ?? ''
  const isPlain = URLENCODED.test(type)
  if (!isPlain && !/^multipart\/form-data\s*;/i.test(type))
    throw malformed('A form must come as application/x-www-form-urlencoded or multipart/form-data.')
  const tooLarge = { kind: 'bodyTooLarge', limitBytes } as const
  const announced = announcedBytes(request) ?? limitBytes
  // Before others wait behind it for memory.
  if (announced > limitBytes) throw new RegistryError(tooLarge)
  // The body, the text that it is, and the fields of that.
  await share.wait(3 * announced)
  const body = await readBody(request, { limitBytes, tooLarge, windowMs })
  return isPlain ? plainForm(body) : formWithFiles(body, type)
}

function plainForm(body: Buffer): Form {
  const text = body.toString('latin1')
  if (count(text, '&') >= MOST_FIELDS) throw malformed(`A form may have ${MOST_FIELDS} fields at most.`)
  const fields = new URLSearchParams(text)
  return {
    text: name => withPlainEnds(fields.get(name) ?? ''),
    all: name => fields.getAll(name).map(withPlainEnds),
    texts: () => Array.from(fields, ([name, text]) => [name, withPlainEnds(text)] as const),
    has: name => fields.has(name),
    file: () => undefined,
  }
}

function formWithFiles(body: Buffer, type: string): Form {
  const parts = parseMultipart(body, type)
  if (parts === undefined) throw malformed('The form is no multipart/form-data.')
  const texts = () =>
    parts.filter(part => !part.isFile).map(({ name, bytes }) => [name, withPlainEnds(bytes.toString('utf8'))] as const)
  const all = (name: string) => texts().flatMap(([of, text]) => (of === name ? [text] : []))
  return {
    text: name => all(name)[0] ?? '',
    all,
    texts,
    has: name => parts.some(part => part.name === name),
    file: name => parts.find(part => part.name === name && part.isFile && part.bytes.length > 0)?.bytes,
  }
}

/** Browsers send line ends as CRLF, whatever was typed. */
const withPlainEnds = (text: string): string => text.replaceAll('\r\n', '\n')

function count(text: string, mark: string): number {
  let found = 0
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) found += 1
  return found
}

const malformed = (reason: string) => new RegistryError({ kind: 'requestMalformed', reason })
