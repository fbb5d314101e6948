import {
  type Content,
  contentOf,
  descriptorOf,
  type Image,
  indexOf,
  mediaTypes,
  randomBlob,
  randomBytes,
  randomImage,
} from '../oci/content.ts'

const SHARED_LAYERS = 30
const SHARED_BYTES = 200_000
const OWN_BYTES = 20_000

/** An image, or an index with its images: what a client pushes, deletes and restores together. */
export interface Unit {
  readonly name: string
  /** The manifest that the unit's tags point to. */
  readonly top: Content
  /** Configurations and layers, each once. */
  readonly blobs: readonly Content[]
  /** Every manifest; what an index lists stands before the index. */
  readonly manifests: readonly Content[]
  readonly digests: readonly string[]
  /** How often the owner began to change the unit. `isChanging` says whether a change is under way. */
  changes: number
  isChanging: boolean
}

/** Layers that the images of all clients share, so that the same digest is pushed, mounted and collected at once. */
export function sharedLayers(seed: number): Content[] {
  return Array.from({ length: SHARED_LAYERS }, (_, at) =>
    contentOf(
      mediaTypes.layer,
      randomBytes(`${seed}/shared ${at}`, 1_000 + Math.floor((at * SHARED_BYTES) / SHARED_LAYERS)),
    ),
  )
}

export function makeUnit(name: string, layers: readonly Content[], random: () => number): Unit {
  const isIndex = random() < 0.3
  const images = Array.from({ length: isIndex ? 2 : 1 }, (_, at) => makeImage(`${name}/${at}`, layers, random))
  const own = images.map(image => image.manifest)
  const manifests = isIndex ? [...own, indexOf(own)] : own
  const top = manifests.at(-1)
  if (top === undefined) throw new Error('a unit has a manifest')
  const digests = manifests.map(({ digest }) => digest)
  const blobs = unique(images.flatMap(image => image.blobs))
  return { name, top, blobs, manifests, digests, changes: 0, isChanging: false }
}

function makeImage(seed: string, layers: readonly Content[], random: () => number): Image {
  const pick = () => layers[Math.floor(random() * layers.length)]
  const chosen = [pick(), random() < 0.6 ? pick() : undefined].filter(each => each !== undefined)
  const own = randomBlob(seed, Math.floor(random() * OWN_BYTES))
  const { blobs } = randomImage(seed, { layers: 0 })
  const all = unique([...blobs, ...chosen, own])
  const [config, ...rest] = all
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: config && { ...descriptorOf(config), mediaType: mediaTypes.config },
    layers: rest.map(layer => ({ ...descriptorOf(layer), mediaType: mediaTypes.layer })),
  })
  return { manifest: contentOf(mediaTypes.image, manifest), blobs: all }
}

const unique = (blobs: readonly Content[]) => [...new Map(blobs.map(blob => [blob.digest, blob])).values()]
