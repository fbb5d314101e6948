/**
 * Decodes base64 as leniently as Python: characters outside of the alphabet are dropped, and padding ends the text.
 * Undefined where it ends in the middle of a byte.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const kept = text.replace(/[^A-Za-z0-9+/=]/g, '')
  let data = ''
  for (let at = 0; at < kept.length; at++) {
    if (kept[at] !== '=') {
      data += kept[at]
      continue
    }
    const quad = data.length % 4
    let padding = 1
    while (kept[at + padding] === '=') padding++
    if (quad >= 2 && quad + padding >= 4) return new Uint8Array(Buffer.from(data, 'base64'))
    at += padding - 1
  }
  return data.length % 4 === 0 ? new Uint8Array(Buffer.from(data, 'base64')) : undefined
}
