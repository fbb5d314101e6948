import { type Digest, isDigest } from './digest.ts'
import type { Tag } from './names.ts'

/**
 * Names an image of a repository by its digest, or names one of its tags, alone or with the digest that the tag must
 * lead to. A wire makes the reference of what a caller wrote, and nothing inside looks at that text again.
 */
export type ImageRef =
  | { readonly digest: Digest; readonly tag?: Tag | undefined; readonly foreign?: undefined }
  | {
      readonly tag: Tag
      readonly digest?: undefined
      /**
       * A text that was given together with the tag. The wire takes it for a digest, and no image can have it: so the
       * tag does not lead there.
       */
      readonly foreign?: string | undefined
    }

/** A reference made of parts that a wire found well formed; undefined where they name nothing that can be there. */
export function imageRef(digest: string | undefined, tag: Tag | undefined): ImageRef | undefined {
  if (digest !== undefined && isDigest(digest)) return { digest, tag }
  return tag === undefined ? undefined : { tag, foreign: digest }
}

/** The tags and digests that the references name, each once. */
export function namedBy(refs: readonly ImageRef[]): { tags: Tag[]; digests: Digest[] } {
  return {
    tags: [...new Set(refs.flatMap(({ tag }) => tag ?? []))],
    digests: [...new Set(refs.flatMap(({ digest }) => digest ?? []))],
  }
}
