/** What is kept in memory of each image: its ids and a few numbers. A repository may have tens of thousands. */
export interface Image {
  readonly digest: string
  readonly tags: readonly string[]
  /** Milliseconds since 1970; infinite when the registry does not say. */
  readonly pushedAt: number
  /** Bytes, as the registry counts them; for an index, those of its largest image. */
  readonly sizeBytes: number
  /** Whether the image is an index, as far as its media type tells. */
  readonly isIndex: boolean
  /** Whether its manifest may name other images: those that it lists, or the one that it is attached to. */
  readonly mayRefer: boolean
  /** Whether it may be attached to another image though it looks like any image. Only its manifest tells. */
  readonly mayBeAttached: boolean
  /** Whether manifests of its kind have no list of other images. */
  readonly listsNone: boolean
  readonly lastPulledAt?: number
}

/** How the images of a repository belong together. Digests that are not in the repository are left out. */
export interface Family {
  /** The indexes that list each image. */
  readonly listedBy: ReadonlyMap<string, readonly string[]>
  /** The image that each signature, SBOM or the like is about. */
  readonly attachedTo: ReadonlyMap<string, string>
  /** The untagged images that are attached to an image which is not in the repository. */
  readonly orphans: ReadonlySet<string>
  /** Indexes that could not be read, with the reason. Any image might be listed by them. */
  readonly unreadable: ReadonlyMap<string, string>
  /** Other manifests that could not be read, with the reason. They might be attached to any image. */
  readonly unread: ReadonlyMap<string, string>
}

export const NO_FAMILY: Family = {
  listedBy: new Map(),
  attachedTo: new Map(),
  orphans: new Set<string>(),
  unreadable: new Map(),
  unread: new Map(),
}

/** A digest as people are shown it: the algorithm and twelve digits. */
export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12)

/** An image's name for a person: the short digest, with a tag where there is one. */
export const nameOf = ({ digest, tags }: Pick<Image, 'digest' | 'tags'>): string =>
  tags[0] === undefined ? shortDigest(digest) : `${shortDigest(digest)} (${tags[0]}${tags.length > 1 ? ', …' : ''})`
