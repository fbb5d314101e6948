import type { Removals } from '../blobs/removals.ts'
import type { RegistryContext } from '../context.ts'

/** The kinds of faults in what is stored. */
export type FaultKind =
  /** Bytes that no blob, upload or journal names. */
  | 'orphanBytes'
  /** A blob without bytes. */
  | 'missingBytes'
  /** A blob whose bytes are more or fewer than it says. */
  | 'wrongSize'
  /** A blob whose bytes do not hash to its digest. */
  | 'corruptBytes'
  /** Bytes that the store fails to read: nothing is known of them. */
  | 'unreadableBytes'
  /** A blob that is marked as damaged and is whole. */
  | 'soundBlob'
  /** A manifest whose document is gone, or is not the one of its digest. */
  | 'corruptManifest'
  /** A manifest that needs what its repository does not hold. */
  | 'missingReference'
  /** A manifest that needs something that is there, without a record of it. */
  | 'lostReference'
  /** A repository or account whose counter is not the count. */
  | 'wrongCounter'

export interface Finding {
  readonly kind: FaultKind
  /** A storage key, a digest, or `ALIAS/NAME` with the digest of a manifest. */
  readonly subject: string
  readonly detail: string
  /** Whether the fault was repaired, or as good as: damaged bytes are no longer served, and a push heals them. */
  readonly mended: boolean
}

/** The numbers of what was looked at so far. */
export interface Checked {
  keys: number
  blobs: number
  bytes: number
  manifests: number
  repositories: number
}

/** One run of the verification, as its checks see it. Each check reads pages, and holds one page at a time. */
export interface Inspection {
  readonly context: RegistryContext
  readonly removals: Removals
  readonly repair: boolean
  /** Whether bytes are read and hashed. Otherwise only sizes are compared. */
  readonly rehash: boolean
  /** Milliseconds that bytes may be without a row before that counts as a fault. */
  readonly graceMs: number
  readonly checked: Checked
  /** Called after each thing that was looked at. */
  readonly onProgress: () => void
}
