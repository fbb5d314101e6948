import type { Digest } from '../../../domain/digest.ts'
import type { Page } from '../common.ts'

export interface ReferrersPage extends Page<Digest> {
  /** The page ends with the manifest that brings the sum of their sizes to this, if not before. */
  readonly enoughBytes: number
  /** Any of these, whatever the case of their letters; undefined: of all types. */
  readonly artifactTypes?: readonly string[] | undefined
}
