import { type Digest, isDigest } from './digest.ts'
import type { Tag } from './names.ts'

/**
 * Names an image of a repository by its digest, or one of its tags: by itself, or together with the digest that it must
 * lead to. A wire makes it of what a caller wrote, and nothing inside looks at that text again.
 */
export type ImageRef =
  | { readonly digest: Digest; readonly tag?: Tag | undefined; readonly foreign?: undefined }
  | {
      readonly tag: Tag
      readonly digest?: undefined
      /**
       * Given together with the tag: what the wire takes for a digest, and no image can have. The tag does not lead
       * there.
       */
      readonly foreign?: string | undefined
    }

/** Of parts that a wire found well formed; undefined where they name nothing that can be there. */
export function imageRef(digest: string | undefined, tag: Tag | undefined): ImageRef | undefined {
  if (digest !== undefined && isDigest(digest)) return { digest, tag }
  return tag === undefined ? undefined : { tag, foreign: digest }
}

/** The tags and digests that some references name, each once. */
export function namedBy(refs: readonly ImageRef[]): { tags: Tag[]; digests: Digest[] } {
  return {
    tags: [...new Set(refs.flatMap(({ tag }) => tag ?? []))],
    digests: [...new Set(refs.flatMap(({ digest }) => digest ?? []))],
  }
}
