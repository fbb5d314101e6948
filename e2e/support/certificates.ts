import { succeed } from './run.ts'
import type { Scratch } from './scratch.ts'

/** Files in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const KIND = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** A name that certificates are for as well, and that nobody can look up. */
export const NAMED = 'registry.test'

/** Makes a certificate for loopback and its key: of the CA's where one is given, else signed by itself. */
export async function makeCertificate({ path }: Scratch, name: string, ca?: Certificate): Promise<Certificate> {
  const files = { cert: path(`${name}.pem`), key: path(`${name}-key.pem`) }
  const names = ['-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=IP:127.0.0.1,IP:::1,DNS:${NAMED}`]
  const signed =
    ca === undefined ? [] : ['-CA', ca.cert, '-CAkey', ca.key, '-addext', 'basicConstraints=critical,CA:false']
  await succeed('openssl', ['req', '-x509', ...KIND, ...names, ...signed, '-keyout', files.key, '-out', files.cert])
  return files
}

/** Makes a certificate authority that nobody knows. */
export async function makeAuthority({ path }: Scratch): Promise<Certificate> {
  const files = { cert: path('ca.pem'), key: path('ca-key.pem') }
  await succeed('openssl', [
    'req',
    '-x509',
    ...KIND,
    '-subj',
    '/CN=Our own CA',
    '-keyout',
    files.key,
    '-out',
    files.cert,
  ])
  return files
}
