/** What the first bytes of an image file tell of it. Sides are in pixels. */
export interface ImageHeader {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/gif'
  readonly extension: 'png' | 'jpg' | 'gif'
  readonly width: number
  readonly height: number
}

const PNG_START = Buffer.from('\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR', 'latin1')
const GIF_STARTS = ['GIF87a', 'GIF89a']

/** Reads the format and size of a PNG, JPEG or GIF; undefined for any other file. */
export function readImageHeader(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length >= 24 && bytes.subarray(0, PNG_START.length).equals(PNG_START)) {
    return { mediaType: 'image/png', extension: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  }
  if (bytes.length >= 10 && GIF_STARTS.includes(bytes.toString('latin1', 0, 6))) {
    return { mediaType: 'image/gif', extension: 'gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
  }
  const size = readJpegSize(bytes)
  return size && { mediaType: 'image/jpeg', extension: 'jpg', ...size }
}

/** The markers between SOF0 and SOF15 that begin no frame: DHT, JPG and DAC (ITU-T T.81, table B.1). */
const NO_FRAME = new Set([0xc4, 0xc8, 0xcc])

/** Walks the segments up to the frame header, which holds the height, then the width (ITU-T T.81, B.2.2). */
function readJpegSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0xff) {
      at += 1 // a fill byte
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
    at += 2 + Math.max(2, bytes.readUInt16BE(at + 2))
  }
  return undefined
}
