import { readFileSync, statSync } from 'node:fs'
import { type Offset, readPosixZone } from './posix-zone.ts'
import { readZoneFile } from './zone-file.ts'

const ZONES = '/usr/share/zoneinfo'

const zones = new Map<string, Offset>()

/**
 * Seconds that the local time is ahead of UTC at a moment, in seconds since 1970. `TZ` is read as libc reads it: a
 * file below the folder of time zones or by its whole path, else the rules of POSIX. What is neither is left to the
 * runtime, which knows the names of zones by itself, as is a machine where `TZ` is not set.
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
    return undefined // no file, or none of this kind: libc goes on as well
  }
}

const runtimeOffset: Offset = seconds => -60 * new Date(seconds * 1000).getTimezoneOffset()

/**
 * Seconds since 1970 of a local time, given as if it were in UTC. Of a time that the clock shows twice the first is
 * meant; one that it leaves out is counted on from before the gap.
 */
export function fromLocal(wall: number): number {
  const [before, after] = [localOffset(wall - 86_400), localOffset(wall + 86_400)]
  const fits = [before, after].find(offset => localOffset(wall - offset) === offset)
  return wall - (fits ?? before)
}
