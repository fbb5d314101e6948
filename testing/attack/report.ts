import { usualConnections } from '../../packages/server/src/serve/connection-limit.ts'
import { percentile, type Seen } from './load.ts'
import type { Peak } from './watch.ts'

const MIB = { files: 400, s3: 512 }
const HEALTH_MS = 100
const TIMES = 3

export interface Measured {
  readonly quiet: Seen
  readonly beside: Seen
  readonly peak: Peak
  readonly did: readonly (readonly [attack: string, statuses: Readonly<Record<string, number>>])[]
  readonly settings: {
    readonly control: string
    readonly attack: string
    readonly openFiles: number
    readonly s3: boolean
  }
}

/** A table of what was measured, and the bars that were missed, a sentence each. */
export function report({ quiet, beside, peak, did, settings }: Measured): { text: string; missed: string[] } {
  const p99 = (times: readonly number[]) => percentile(times, 0.99)
  const files = 2 * usualConnections(settings.openFiles) + 200
  const mib = settings.s3 ? MIB.s3 : MIB.files
  const longest = Math.max(...beside.health)
  const rows = [
    row('peak memory (VmHWM)', '', `${peak.mib.toFixed(0)} MiB`, `${mib} MiB`, peak.mib <= mib),
    row('open files', '', String(peak.files), String(files), peak.files <= files),
    row('longest /healthz', ms(Math.max(...quiet.health)), ms(longest), ms(HEALTH_MS), longest <= HEALTH_MS),
    ...(['pushes', 'pulls'] as const).map(name => {
      const [alone, attacked] = [p99(quiet[name]), p99(beside[name])]
      return row(`p99 of ${name}`, ms(alone), ms(attacked), ms(TIMES * alone), attacked <= TIMES * alone)
    }),
    ...[
      { when: 'alone', seen: quiet },
      { when: 'beside', seen: beside },
    ].map(({ when, seen }) => {
      const refused = [...seen.refused].map(([status, count]) => `${count} x ${status}`).join(', ') || 'none'
      return row(`refused, load ${when}`, '', refused, 'none', seen.refused.size === 0)
    }),
  ]
  const missed = rows.filter(({ holds }) => !holds).map(({ name, attacked, bar }) => `${name}: ${attacked}, not ${bar}`)
  const cells = rows.map(({ name, alone, attacked, bar, holds }) => [name, alone, attacked, bar, holds ? 'yes' : 'NO'])
  const head = ['', 'load alone', 'beside attacks', 'bar', 'holds']
  const lines = [head, head.map(() => '---'), ...cells].map(each => `| ${each.join(' | ')} |`)
  const attacks = did.map(([name, statuses]) => {
    const counts = Object.entries(statuses).map(([status, count]) => `${count} x ${status}`)
    return `- ${name}: ${counts.join(', ') || 'nothing came back'}`
  })
  const about = [
    `Node ${process.version}, ${settings.s3 ? 'blobs in S3' : 'files'} and SQLite, ${settings.openFiles} open files`,
    `berthd ${settings.control} while the load is alone, ${settings.attack} beside attacks; any refusal of the load fails`,
  ]
  const verdict = missed.length === 0 ? 'Every bar holds.' : `Missed: ${missed.join('; ')}.`
  return {
    text: [...about, '', ...lines, '', 'What the attackers heard:', ...attacks, '', verdict, ''].join('\n'),
    missed,
  }
}

const ms = (milliseconds: number) => `${milliseconds.toFixed(0)} ms`

const row = (name: string, alone: string, attacked: string, bar: string, holds: boolean) => ({
  ...{ name, alone, attacked, bar },
  holds,
})
