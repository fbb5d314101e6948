import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'

/** A certificate with its chain and its key, in PEM. */
export interface TlsIdentity {
  readonly cert: Buffer
  readonly key: Buffer
}

/** Files that are no certificate and its key; the message says what is wrong. */
export class TlsFilesError extends Error {
  constructor(files: TlsFiles, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${files.tlsCert} and ${files.tlsKey} are no certificate and its key: ${why}`, { cause })
    this.name = 'TlsFilesError'
  }
}

export interface TlsFiles {
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}

/** What the server identifies itself with; undefined without files. @throws TlsFilesError */
export async function readTlsFiles(files: TlsFiles): Promise<TlsIdentity | undefined> {
  const { tlsCert, tlsKey } = files
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  try {
    const identity = { cert: await readFile(tlsCert), key: await readFile(tlsKey) }
    createSecureContext(identity) // tells of a key that belongs to another certificate
    return identity
  } catch (error) {
    throw new TlsFilesError(files, error)
  }
}
