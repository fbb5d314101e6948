import { expect, it } from 'vitest'
import { attachedKind, referrerKind } from './referrer-kind.ts'

it.each([
  ['application/vnd.dev.sigstore.bundle.v0.3+json', undefined, 'signature'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 'https://slsa.dev/provenance/v1', 'attestation'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 'https://cyclonedx.org/bom', 'sbom'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 'https://sigstore.dev/cosign/sign/v1', 'signature'],
  ['application/vnd.dev.cosign.artifact.sig.v1+json', undefined, 'signature'],
  ['application/vnd.cncf.notary.signature', undefined, 'signature'],
  ['application/spdx+json', undefined, 'sbom'],
  ['application/vnd.cyclonedx+xml', undefined, 'sbom'],
  ['application/vnd.in-toto+json', undefined, 'attestation'],
  ['application/vnd.example.thing', undefined, 'other'],
  [undefined, undefined, 'other'],
] as const)('%s with %s is a %s', (type, predicate, kind) => {
  expect(referrerKind(type, predicate)).toBe(kind)
})

it('goes by the end of a tag that cosign gave', () => {
  expect(['sha256-a.sig', 'sha256-a.att', 'sha256-a.sbom', 'sha256-a'].map(attachedKind)).toEqual([
    'signature',
    'attestation',
    'sbom',
    'other',
  ])
})
