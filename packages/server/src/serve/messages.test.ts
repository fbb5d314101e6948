import { expect, it } from 'vitest'
import { type StartFacts, startText, stopText } from './messages.ts'

const NOTHING_SET = { publicUrl: undefined, registryHost: undefined, tlsCert: undefined }
const FIRST = { alias: 'p8v8e7e5', credentials: '/data/credentials', dataDir: '/data' }
const text = (facts: Partial<StartFacts>) =>
  startText({
    ...{ config: NOTHING_SET, url: 'http://0.0.0.0:5150', metricsUrl: undefined, first: undefined, isTerminal: false },
    ...facts,
  })

it('says in one line where a server is', () => {
  for (const isTerminal of [false, true]) expect(text({ isTerminal })).toBe('berth is serving at http://0.0.0.0:5150\n')
  expect(
    text({ config: { ...NOTHING_SET, publicUrl: 'https://r.example.org' }, metricsUrl: 'http://127.0.0.1:9464' }),
  ).toBe(
    'berth is serving at http://0.0.0.0:5150 as https://r.example.org and Prometheus gets its figures at ' +
      'http://127.0.0.1:9464/metrics\n',
  )
})

it('names the first key in that line, and shows a tour on a terminal only', () => {
  const line = 'The first access key is in /data/credentials; berth is serving at http://0.0.0.0:5150\n'
  expect(text({ first: FIRST })).toBe(line)
  const tour = text({ first: FIRST, isTerminal: true })
  expect(tour.startsWith(`${line}\nA tour, `)).toBe(true)
  expect(tour).toContain('  berth configure --local --data-dir /data\n  export AWS_PROFILE=berth\n')
})

it('shows commands with the host that clients know', () => {
  const hosts = (config: Partial<StartFacts['config']>, url = 'http://0.0.0.0:5150') => {
    const tour = text({ config: { ...NOTHING_SET, ...config }, url, first: FIRST, isTerminal: true })
    const found = [/--password-stdin (\S+)/, /docker push (\S+)/, /configure --local (.*)/].map(
      pattern => pattern.exec(tour)?.[1],
    )
    return [...found, /--ca-bundle/.test(tour)]
  }
  const image = '/p8v8e7e5/project-a/nginx-web-app:latest'
  expect(hosts({})).toEqual(['127.0.0.1:5150', `127.0.0.1:5150${image}`, '--data-dir /data', false])
  expect(hosts({ tlsCert: 'chain.pem' }, 'https://[::]:443')).toEqual([
    ...['[::1]', `[::1]${image}`, '--data-dir /data', true],
  ])
  const publicUrl = 'https://r.example.org'
  const configured = `--data-dir /data --endpoint-url ${publicUrl}`
  expect(hosts({ publicUrl })).toEqual(['r.example.org', `r.example.org${image}`, configured, false])
  expect(hosts({ publicUrl, registryHost: 'i.example.org' })).toEqual([
    ...['i.example.org', `i.example.org${image}`, configured, false],
  ])
})

it('quotes a data folder as a shell wants it', () => {
  const tour = text({ first: { ...FIRST, dataDir: "/my data's" }, isTerminal: true })
  expect(tour).toContain("--data-dir '/my data'\\''s'\n")
})

it('says in one line that a server has stopped, and what it cut off', () => {
  expect(stopText({ cut: 0, drainSeconds: 30 })).toBe('berth has stopped.\n')
  expect(stopText({ cut: 1, drainSeconds: 4 })).toBe(
    'berth has stopped; one request was cut off after 4 s (--drain-seconds).\n',
  )
  expect(stopText({ cut: 2, drainSeconds: 4 })).toContain('2 requests were cut off')
})
