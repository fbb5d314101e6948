import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type Server } from 'node:tls'
import { wordsOfSystem } from '../runtime/system-errors.ts'

const LOOK_MS = 60_000

/** A certificate with its chain and its key, in PEM. */
export interface TlsIdentity {
  readonly cert: Buffer
  readonly key: Buffer
}

/** The files are no certificate and its key; the message says what is wrong. */
export class TlsFilesError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'TlsFilesError'
  }
}

export interface TlsFiles {
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}

interface RenewalLog {
  info(message: string): void
  error(details: object, message: string): void
}

/** Reads the certificate and key; undefined where no files are set. @throws TlsFilesError */
export async function readTlsFiles(files: TlsFiles): Promise<TlsIdentity | undefined> {
  const { tlsCert, tlsKey } = files
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const identity = { cert: await read(tlsCert), key: await read(tlsKey) }
  const both = `${tlsCert} and ${tlsKey} are no certificate and its key`
  const check = (what: () => unknown, why?: string) => {
    try {
      what()
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      const reason = said.includes('key values mismatch') ? 'the key is that of another certificate' : said
      throw new TlsFilesError(`${both}: ${why ?? reason}.`, error)
    }
  }
  check(() => new X509Certificate(identity.cert), `${tlsCert} does not begin with a certificate in PEM`)
  check(() => createPrivateKey(identity.key), `${tlsKey} has no private key in PEM, without a passphrase`)
  check(() => createSecureContext(identity))
  return identity
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new TlsFilesError(wordsOfSystem(error, file) ?? `${file} cannot be read.`, error)
  }
}

/**
 * Has the server, which serves `identity`, take renewed files: at SIGHUP, and within a minute without one, since not
 * everybody who renews files can send it. Where the files do not fit, the log says so once and the last certificate
 * stays. Returns the function that looks at the files at once; `isAsked` stands for SIGHUP.
 */
export function renewIdentity(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  identity: TlsIdentity,
  log: RenewalLog,
): (isAsked: boolean) => Promise<void> {
  let served = identity
  let complaint: string | undefined
  const look = async (isAsked: boolean) => {
    try {
      const found = await readTlsFiles(files)
      complaint = undefined
      if (found === undefined || (isSame(found, served) && !isAsked)) return
      server.setSecureContext(found)
      served = found
      log.info('the certificate was read again')
    } catch (error) {
      const { message } = error as TlsFilesError
      if (isAsked || message !== complaint)
        log.error({ err: error }, 'the certificate could not be read again; the last one stays')
      complaint = message
    }
  }
  process.on('SIGHUP', () => void look(true))
  setInterval(() => void look(false), LOOK_MS).unref()
  return look
}

const isSame = (a: TlsIdentity, b: TlsIdentity) => a.cert.equals(b.cert) && a.key.equals(b.key)
