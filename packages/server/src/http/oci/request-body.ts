import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'
import { readBody } from '../read-body.ts'

/** True when the request announces a body, be it of unknown length. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The announced length in bytes; undefined when it is chunked. */
export function announcedBytes({ headers }: IncomingMessage): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined
}

/** The whole body. @throws RegistryError `manifestTooLarge`, without reading further */
export async function readManifestBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const tooLarge = { kind: 'manifestTooLarge', limitBytes } as const
  if ((announcedBytes(request) ?? 0) > limitBytes) throw new RegistryError(tooLarge)
  return readBody(request, limitBytes, tooLarge)
}
