import { type Offset, readPosixZone } from './posix-zone.ts'

const HEADER_BYTES = 44

/** How many there are of each part of a block, in the order of the header (RFC 9636, section 3.1). */
type Counts = readonly [isut: number, isstd: number, leap: number, time: number, type: number, char: number]

/**
 * Reads a time zone from a file of the TZif format (RFC 9636). Behind the file's last change, the rules at its end
 * hold.
 * @throws RangeError where the file is cut off, TypeError where it is of another kind
 */
export function readZoneFile(file: Buffer): Offset {
  if (file.toString('latin1', 0, 4) !== 'TZif') throw new TypeError('no file of a time zone')
  if (file[4] === 0) return readBlock(file, HEADER_BYTES, countsAt(file, 0), 4).offset
  // Versions from 2 on have all once more, in 64 bits.
  const second = HEADER_BYTES + blockBytes(countsAt(file, 0), 4)
  const counts = countsAt(file, second)
  const begin = second + HEADER_BYTES
  const { offset, last } = readBlock(file, begin, counts, 8)
  const [, rules = ''] = file.toString('latin1', begin + blockBytes(counts, 8)).split('\n')
  const later = readPosixZone(rules)
  return later ? seconds => (seconds >= last ? later(seconds) : offset(seconds)) : offset
}

const countsAt = (file: Buffer, at: number): Counts => {
  const count = (index: number) => file.readUInt32BE(at + 20 + 4 * index)
  return [count(0), count(1), count(2), count(3), count(4), count(5)]
}

function blockBytes([isut, isstd, leap, time, type, char]: Counts, timeBytes: number): number {
  return time * (timeBytes + 1) + type * 6 + char + leap * (timeBytes + 4) + isstd + isut
}

function readBlock(file: Buffer, begin: number, counts: Counts, timeBytes: 4 | 8) {
  if (begin + blockBytes(counts, timeBytes) > file.length) throw new RangeError('the file is cut off')
  const [, , , times, types] = counts
  const change = (index: number) => {
    const at = begin + index * timeBytes
    return timeBytes === 8 ? Number(file.readBigInt64BE(at)) : file.readInt32BE(at)
  }
  const typesAt = begin + times * (timeBytes + 1)
  const offsetOf = (type: number) => file.readInt32BE(typesAt + 6 * type)
  const isSummer = (type: number) => file.readUInt8(typesAt + 6 * type + 4) === 1
  // Before the first change the first type of standard time holds.
  const all = Array.from({ length: types }, (_, type) => type)
  const early = offsetOf(all.find(type => !isSummer(type)) ?? 0)
  const offset: Offset = seconds => {
    let [low, high] = [0, times]
    while (low < high) {
      const middle = (low + high) >> 1
      if (change(middle) <= seconds) low = middle + 1
      else high = middle
    }
    return low === 0 ? early : offsetOf(file.readUInt8(begin + times * timeBytes + low - 1))
  }
  return { offset, last: times === 0 ? Number.NEGATIVE_INFINITY : change(times - 1) }
}
