import type { Input } from '@berth/model'
import { type CatalogInput, parseLogo } from '../../registry/repositories/catalog-data.ts'

type WireInput = Input<'PutRepositoryCatalogData'>['catalogData']

/**
 * Reads catalog data as a caller sent it. A text that is absent is deleted. A logo that is absent stays: answers only
 * hold its address, so a client that writes back what it read could not send it again. An empty logo deletes the
 * stored one.
 * @throws RegistryError `parameterInvalid`
 */
export function readCatalogInput({ logoImageBlob, ...texts }: WireInput): CatalogInput {
  if (logoImageBlob === undefined) return { texts, logo: 'keep' }
  if (logoImageBlob.length === 0) return { texts, logo: 'remove' }
  return { texts, logo: parseLogo(Buffer.from(logoImageBlob), 'catalogData.logoImageBlob') }
}
