import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

/** The codings that change nothing. Clients of older protocols of AWS say `amz-1.0` to their own kind. */
const PLAIN: ReadonlySet<string> = new Set(['', 'identity', 'amz-1.0'])

/**
 * Refuses a body that is compressed or otherwise coded, before any of it is asked for. Digests and signatures are of
 * the bytes as they come, so that none can be decoded here; stored as they came, they would not be what their sender
 * meant (RFC 9110, sections 8.4 and 15.5.16). @throws RegistryError `contentCodingUnsupported`
 */
export function refuseCodedBody({ headers: { 'content-encoding': coding = '' } }: IncomingMessage): void {
  const isPlain = coding.split(',').every(name => PLAIN.has(name.trim().toLowerCase()))
  if (!isPlain) throw new RegistryError({ kind: 'contentCodingUnsupported', coding })
}
