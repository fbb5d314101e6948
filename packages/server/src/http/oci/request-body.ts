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

/** Before the body is asked for, where its length is told. @throws RegistryError `manifestTooLarge` */
export function refuseLargeManifest(request: IncomingMessage, limitBytes: number): void {
  if ((announcedBytes(request) ?? 0) > limitBytes) throw new RegistryError({ kind: 'manifestTooLarge', limitBytes })
}

/** The whole body. @throws RegistryError `manifestTooLarge`, without reading further */
export async function readManifestBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return readBody(request, limitBytes, { kind: 'manifestTooLarge', limitBytes })
}
