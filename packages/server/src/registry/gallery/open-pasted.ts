import type { Reader } from '../../domain/may-read.ts'
import { type PastedImage, readBareDigest, readPastedImage } from '../../domain/pasted-image.ts'
import { GalleryError } from '../../domain/problem.ts'
import type { GalleryServices } from './services.ts'

/** How many repositories with one digest are looked at for one that the reader may know of. */
const HOLDING = 100

/**
 * The first meaning of a pasted text that is there and that the reader may know of. Whether a repository has the image
 * is for the image's page to tell.
 * @throws GalleryError `textUnknown`
 */
export async function openPasted(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  text: string,
): Promise<PastedImage> {
  const { registries, shownRepositories } = context.metadata.rows
  const digest = readBareDigest(text)
  if (digest !== undefined) {
    const holding = await shownRepositories.holding(digest, HOLDING)
    const first = holding.find(repository => mayRead(reader, repository))
    if (first !== undefined) return { alias: first.alias, name: first.name, reference: digest }
  }
  for (const candidate of readPastedImage(text)) {
    const { alias, name } = candidate
    if (name === undefined) {
      if ((await registries.findAlias(alias)) !== undefined) return candidate
      continue
    }
    const found = await shownRepositories.find(alias, name)
    if (found !== undefined && mayRead(reader, found)) return candidate
  }
  throw new GalleryError({ kind: 'textUnknown', text })
}
