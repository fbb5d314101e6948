/** The first bytes of image files, as far as anyone looks at them. */

export function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(33)
  bytes.write('\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR', 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

export function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13)
  bytes.write('GIF89a', 'latin1')
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  return bytes
}

/**
 * The first bytes of a JPEG file. `before` are further segments between the start and the frame: markers and the sizes
 * of what follows.
 */
export function jpeg(
  width: number,
  height: number,
  before: readonly [marker: number, sizeBytes: number][] = [],
): Buffer {
  const segments = before.map(([marker, sizeBytes]) => {
    const segment = Buffer.alloc(4 + sizeBytes, 0x11)
    segment.writeUInt16BE(0xff00 | marker, 0)
    segment.writeUInt16BE(2 + sizeBytes, 2)
    return segment
  })
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0])
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, frame])
}
