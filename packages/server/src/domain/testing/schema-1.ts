export interface SignedPart {
  readonly formatLength?: number
  readonly formatTail?: string
  /** The whole text of `protected`, in the place of `length` and `tail`. */
  readonly header?: string
}

/**
 * A Docker manifest of schema 1 as clients sign it: `payload`, which ends in a line and a brace, with a signature for
 * each of `parts`, one by default. The signatures are not real.
 */
export function signed(payload: string, ...parts: readonly SignedPart[]): string {
  const end = payload.length - '\n}'.length
  const signatures = (parts.length === 0 ? [{}] : parts).map(({ formatLength, formatTail, header }: SignedPart) => {
    const format = {
      formatLength: formatLength ?? end,
      formatTail: Buffer.from(formatTail ?? '\n}').toString('base64url'),
      time: '2026-11-30T12:00:00Z',
    }
    return {
      header: { jwk: { crv: 'P-256', kid: 'A', kty: 'EC', x: 'x', y: 'y' }, alg: 'ES256' },
      signature: 'c2lnbmF0dXJl',
      protected: header ?? Buffer.from(JSON.stringify(format)).toString('base64url'),
    }
  })
  return `${payload.slice(0, end)},\n   "signatures": ${JSON.stringify(signatures, undefined, 3)}\n}`
}
