import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { bundleToJSON, toDSSEBundle, toMessageSignatureBundle } from '@sigstore/bundle'
import { OCI_MANIFEST, type Pushed, type Pusher } from './push.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keyHint = createHash('sha256')
  .update(publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64')

const bundleOf = (subject: Pushed, predicateType: string | undefined) => {
  const [algorithm = '', hex = ''] = subject.digest.split(':')
  if (predicateType === undefined) {
    const digest = Buffer.from(hex, 'hex')
    return toMessageSignatureBundle({ digest, signature: sign('sha256', digest, privateKey), keyHint })
  }
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: hex } }],
    predicateType,
  }
  const artifact = Buffer.from(JSON.stringify({ ...statement, predicate: {} }))
  // What a signature of an envelope is over (DSSE, "PAE").
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${artifact.length} `), artifact])
  return toDSSEBundle({ artifact, artifactType: IN_TOTO, signature: sign('sha256', signed, privateKey), keyHint })
}

/**
 * Attaches a sigstore bundle to an image, made by sigstore's own library with a key of this process and no network: a
 * signature of its digest or, with a predicate, a statement about it.
 */
export async function attachBundle(to: Pusher, subject: Pushed, predicateType?: string): Promise<Pushed> {
  const bundle = bundleOf(subject, predicateType)
  const content = predicateType === undefined ? 'message-signature' : 'dsse-envelope'
  return to.manifest(OCI_MANIFEST, {
    artifactType: bundle.mediaType,
    config: await to.blob('application/vnd.oci.empty.v1+json', '{}'),
    layers: [await to.blob(bundle.mediaType, JSON.stringify(bundleToJSON(bundle)))],
    subject,
    annotations: {
      'dev.sigstore.bundle.content': content,
      ...(predicateType !== undefined && { 'dev.sigstore.bundle.predicateType': predicateType }),
    },
  })
}
