import { readFileSync, statSync } from 'node:fs'
import { type Offset, readPosixZone } from './posix-zone.ts'
import { readZoneFile } from './zone-file.ts'

const ZONES = '/usr/share/zoneinfo'

const zones = new Map<string, Offset>()

/**
 * How many seconds the local time is ahead of UTC at a moment, which is in seconds since 1970. `TZ` is read as libc
 * reads it: as a file below the folder of time zones or by its whole path, else as rules of POSIX. Any other `TZ`, or
 * none, is left to the runtime, which knows the names of zones by itself.
 */
export function localOffset(seconds: number): number {
  // biome-ignore lint/style/noProcessEnv: the runtime's own dates depend on it in the same way
  const { TZ: name, TZDIR: folder = ZONES } = process.env
  if (name === undefined) return runtimeOffset(seconds)
  const key = `${folder}\n${name}`
  const known = zones.get(key) ?? readZone(name.replace(/^:/, ''), folder)
  zones.set(key, known)
  return known(seconds)
}

function readZone(name: string, folder: string): Offset {
  if (name === '') return () => 0
  return fromFile(name.startsWith('/') ? name : `${folder}/${name}`) ?? readPosixZone(name) ?? runtimeOffset
}

function fromFile(path: string): Offset | undefined {
  try {
    return statSync(path).isFile() ? readZoneFile(readFileSync(path)) : undefined
  } catch {
    return undefined // no file, or one of another kind: libc goes on as well
  }
}

const runtimeOffset: Offset = seconds => -60 * new Date(seconds * 1000).getTimezoneOffset()

/**
 * Seconds since 1970 of a local time, which is given as if it were in UTC. A time that the clock shows twice means the
 * first of both. A time that the clock leaves out is counted on from before the gap.
 */
export function fromLocal(wall: number): number {
  const [before, after] = [localOffset(wall - 86_400), localOffset(wall + 86_400)]
  const fits = [before, after].find(offset => localOffset(wall - offset) === offset)
  return wall - (fits ?? before)
}
