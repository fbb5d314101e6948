import { type Digest, isDigest } from '../digest.ts'
import { endOfValue, JsonFault } from '../json/scanner.ts'

/**
 * The parts of a Docker image manifest of schema 1 that are read (Docker Registry API, "Image Manifest Version 2,
 * Schema 1").
 */
export interface Schema1 {
  /** The bytes that the digest is taken of: the document without its signatures. */
  readonly payload: Buffer
  /** The digests of `fsLayers`, in that order. An empty layer is there many times. */
  readonly layers: readonly Digest[]
}

/** Says what is wrong with a manifest of schema 1. */
export class Schema1Fault extends Error {}

/**
 * Reads a manifest of schema 1, of which `document` are the members. By `formatLength` and `formatTail` each signature
 * says which bytes were signed. They must be the whole document without the signatures. The signatures are not
 * checked: they prove nothing, since their keys come with them. @throws Schema1Fault
 */
export function readSchema1(bytes: Buffer, document: Readonly<Record<string, unknown>>): Schema1 {
  const { schemaVersion, fsLayers, signatures } = document
  if (schemaVersion !== 1) throw new Schema1Fault('schemaVersion: is not 1')
  for (const other of ['config', 'layers', 'manifests'])
    if (document[other] !== undefined) throw new Schema1Fault(`${other}: is not allowed in a manifest of schema 1`)
  return { layers: readLayers(fsLayers), payload: signatures === undefined ? bytes : readPayload(bytes, signatures) }
}

function readLayers(fsLayers: unknown): Digest[] {
  if (!Array.isArray(fsLayers)) throw new Schema1Fault('fsLayers: is not a list')
  return fsLayers.map((entry: { blobSum?: unknown }, index) => {
    const { blobSum } = entry
    if (typeof blobSum === 'string' && isDigest(blobSum)) return blobSum
    throw new Schema1Fault(`fsLayers.${index}.blobSum: is not a sha256 or sha512 digest`)
  })
}

interface Format {
  readonly length: number
  readonly tail: Buffer
}

function readPayload(bytes: Buffer, signatures: unknown): Buffer {
  if (!Array.isArray(signatures) || signatures.length === 0) throw new Schema1Fault('signatures: is not a list of any')
  const [first, ...others] = signatures.map(readFormat)
  const isSame = ({ length, tail }: Format) => length === first?.length && tail.equals(first.tail)
  if (first === undefined || !others.every(isSame))
    throw new Schema1Fault('signatures: are not all of the same formatLength and formatTail')
  if (!leavesOnlySignatures(bytes, first))
    throw new Schema1Fault('signatures: their formatLength and formatTail are not those of this document')
  return Buffer.concat([bytes.subarray(0, first.length), first.tail])
}

const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/

function readFormat(signature: { protected?: unknown }, index: number): Format {
  const text = signature.protected
  const header = typeof text === 'string' && BASE64URL.test(text) ? parsed(Buffer.from(text, 'base64url')) : undefined
  const { formatLength: length, formatTail: tail } = header ?? {}
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 1)
    throw new Schema1Fault(`signatures.${index}.protected: has no formatLength`)
  if (typeof tail !== 'string' || !BASE64URL.test(tail))
    throw new Schema1Fault(`signatures.${index}.protected: has no formatTail`)
  return { length, tail: Buffer.from(tail, 'base64url') }
}

function parsed(json: Buffer): { formatLength?: unknown; formatTail?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const MEMBER = /^[ \t\r\n]*,[ \t\r\n]*"signatures"[ \t\r\n]*:/
const END = /^[ \t\r\n]*\}[ \t\r\n]*$/

/** Whether a signature's format cuts off only the last member, `signatures`, and puts only an end in its place. */
function leavesOnlySignatures(bytes: Buffer, { length, tail }: Format): boolean {
  const [member] = MEMBER.exec(bytes.toString('latin1', length, length + 100)) ?? []
  if (member === undefined || !END.test(tail.toString('latin1'))) return false
  try {
    return END.test(bytes.toString('latin1', endOfValue(bytes, length + member.length)))
  } catch (error) {
    if (error instanceof JsonFault) return false
    throw error
  }
}
