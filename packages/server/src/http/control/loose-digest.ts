/**
 * The API's own rule for digests, which is looser than any algorithm. A text that passes it and is no digest is not
 * found.
 */
export const DIGEST_PATTERN = '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'

const LOOSE_DIGEST = new RegExp(`^${DIGEST_PATTERN}$`)

export const isLooseDigest = (text: string): boolean => LOOSE_DIGEST.test(text)
