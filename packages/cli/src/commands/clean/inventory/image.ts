/** What is kept in memory of each image of a repository, which may be tens of thousands: its ids and a few numbers. */
export type Image = {
  readonly digest: string
  readonly tags: readonly string[]
  /** Milliseconds since the epoch; infinite when the registry does not say. */
  readonly pushedAt: number
  /** As the registry counts it; for an index that is its largest image. */
  readonly sizeBytes: number
  /** Whether it is an index, as far as its media type tells. */
  readonly isIndex: boolean
  /** Whether its manifest may name other images: those that it lists, or the one that it is attached to. */
  readonly mayRefer: boolean
  /** Whether it may be attached to another image, though it looks like any image: its manifest alone tells. */
  readonly mayBeAttached: boolean
  /** Whether its kind of manifest has no list of other images. */
  readonly listsNone: boolean
  readonly lastPulledAt?: number
}

/** How the images of a repository belong together; digests that are not in the repository are left out. */
export type Family = {
  /** The indexes that list an image. */
  readonly listedBy: ReadonlyMap<string, readonly string[]>
  /** The image that a signature, an SBOM or the like is about. */
  readonly attachedTo: ReadonlyMap<string, string>
  /** The untagged images that are attached to one which is not in the repository. */
  readonly orphans: ReadonlySet<string>
  /** Indexes that could not be read, and why: any image might be theirs. */
  readonly unreadable: ReadonlyMap<string, string>
  /** Other manifests that could not be read, and why: those might be attached to any image. */
  readonly unread: ReadonlyMap<string, string>
}

export const NO_FAMILY: Family = {
  listedBy: new Map(),
  attachedTo: new Map(),
  orphans: new Set<string>(),
  unreadable: new Map(),
  unread: new Map(),
}

export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12)

/** A name for a person: the short digest, with a tag where there is one. */
export const nameOf = ({ digest, tags }: Pick<Image, 'digest' | 'tags'>): string =>
  tags[0] === undefined ? shortDigest(digest) : `${shortDigest(digest)} (${tags[0]}${tags.length > 1 ? ', …' : ''})`
