/** One part of a form that may have files (RFC 7578). */
export interface Part {
  readonly name: string
  /** Whether a file was chosen, as its name says. */
  readonly isFile: boolean
  readonly bytes: Buffer
}

/** No page has as many fields, and no browser says as much of one. */
const MOST_PARTS = 50
const HEAD_LIMIT_BYTES = 2_048
const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i
const NAME = /^content-disposition:\s*form-data\s*;[^\r\n]*?\bname="([^"\r\n]*)"/im
const FILE_NAME = /^content-disposition:[^\r\n]*?\bfilename\*?=/im

/** Parts a body by one walk over it. Undefined where the body is not of the form. */
export function parseMultipart(body: Buffer, contentType: string): Part[] | undefined {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return undefined
  const first = Buffer.from(`--${boundary}`)
  const between = Buffer.from(`\r\n--${boundary}`)
  if (!body.subarray(0, first.length).equals(first)) return undefined
  const parts: Part[] = []
  let at = first.length
  while (body.toString('latin1', at, at + 2) !== '--') {
    const headEnd = body.indexOf('\r\n\r\n', at)
    const end = headEnd < 0 || headEnd - at > HEAD_LIMIT_BYTES ? -1 : body.indexOf(between, headEnd + 4)
    if (end < 0 || parts.length >= MOST_PARTS) return undefined
    const head = body.toString('utf8', at, headEnd)
    const [, name] = NAME.exec(head) ?? []
    if (name === undefined) return undefined
    parts.push({ name, isFile: FILE_NAME.test(head), bytes: body.subarray(headEnd + 4, end) })
    at = end + between.length
  }
  return parts
}
