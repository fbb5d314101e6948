/** What belongs to an image, by what people look for. */
export type ReferrerKind = 'signature' | 'sbom' | 'attestation' | 'other'

const SIGNATURE = /dev\.sigstore\.bundle|cosign\.artifact\.sig|cncf\.notary\.signature|signature|simplesigning/
const SBOM = /spdx|cyclonedx|syft|sbom/
/** The predicate types of cosign's signatures, since its third version. */
const SIGNED = /cosign\/sign/
const ATTESTATION = /in-toto|attestation|provenance|slsa|openvex|\.vex/

/**
 * Tells by its artifact type what a referrer is. `predicateType` is what a sigstore bundle says of itself where it
 * states something of the image (annotation `dev.sigstore.bundle.predicateType`).
 */
export function referrerKind(artifactType: string | undefined, predicateType?: string): ReferrerKind {
  const type = (artifactType ?? '').toLowerCase()
  if (predicateType !== undefined) {
    const predicate = predicateType.toLowerCase()
    if (SIGNED.test(predicate)) return 'signature'
    return SBOM.test(predicate) ? 'sbom' : 'attestation'
  }
  if (SBOM.test(type)) return 'sbom'
  if (ATTESTATION.test(type)) return 'attestation'
  return SIGNATURE.test(type) ? 'signature' : 'other'
}

/** Tells by its tag what a referrer is that cosign pushed before there were referrers, such as `sha256-….sig`. */
export function attachedKind(tag: string): ReferrerKind {
  if (tag.endsWith('.sig')) return 'signature'
  if (tag.endsWith('.att')) return 'attestation'
  return tag.endsWith('.sbom') ? 'sbom' : 'other'
}

/**
 * Whether a tag names what is attached to an image: a tag of cosign's, or the one of the referrers (OCI Distribution,
 * 1.1).
 */
export const isAttachedTag = (tag: string): boolean => /^sha256-[0-9a-f]{64}(?:$|\.)/.test(tag)
