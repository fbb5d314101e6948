import type { Html } from '../html.ts'

/**
 * The first pieces that together take at most so many bytes of a page. Each list of a page has a share of 100 KB, so
 * that no page grows beyond that, whatever strangers wrote.
 */
export function fitting(pieces: readonly Html[], limitBytes: number): readonly Html[] {
  let left = limitBytes
  for (const [at, piece] of pieces.entries()) {
    left -= Buffer.byteLength(piece.toString())
    if (left < 0) return pieces.slice(0, at)
  }
  return pieces
}
