import { type Html, html } from '../html.ts'
import { free, plain } from './text.ts'

/** What people call the types that signers and scanners use. */
const NAMES: readonly (readonly [type: RegExp, name: string])[] = [
  [/^application\/vnd\.dev\.sigstore\.bundle(?:\.|\+|$)/, 'signature · sigstore bundle'],
  [/^application\/vnd\.dev\.cosign\.(?:artifact\.sig|simplesigning)/, 'signature · cosign'],
  [/^application\/vnd\.cncf\.notary\.signature/, 'signature · notation'],
  [/^(?:application|text)\/(?:vnd\.)?spdx/, 'SBOM · SPDX'],
  [/^application\/vnd\.cyclonedx/, 'SBOM · CycloneDX'],
  [/^application\/vnd\.in-toto/, 'attestation · in-toto'],
]

/** An artifact type by the name that people have for it, else as it is. */
export function artifactTypeName(type: string | undefined): Html {
  if (type === undefined) return html`no type`
  const [, name] = NAMES.find(([pattern]) => pattern.test(type)) ?? []
  return name === undefined ? free(type, 80) : html`<span title="${plain(type, 120)}">${name}</span>`
}
