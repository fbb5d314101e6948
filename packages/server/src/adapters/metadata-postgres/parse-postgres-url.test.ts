import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { parsePostgresUrl } from './parse-postgres-url.ts'

/** What node-postgres makes of each host. */
const read = (url: string) =>
  parsePostgresUrl(url).hosts.map(({ connectionString }) => {
    const { user, password, host, port, database } = new pg.Client({ connectionString })
    return { user, password, host, port, database }
  })
const LOGIN = { user: 'u', password: 'p/w,@:', database: 'db' }
const AS = 'u:p%2Fw%2C%40%3A@'

describe('parsePostgresUrl', () => {
  it.each([
    [`postgres://${AS}h/db`, [['h', 5432]]],
    [`postgresql://${AS}h:1/db?sslmode=disable`, [['h', 1]]],
    [
      `postgres://${AS}a:1,b:2/db?target_session_attrs=read-write`,
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      `postgres://${AS}a,b:2,[::1]:3/db`,
      [
        ['a', 5432],
        ['b', 2],
        ['::1', 3],
      ],
    ],
    [
      `postgres://${AS}a,b/db?port=7`,
      [
        ['a', 7],
        ['b', 7],
      ],
    ],
    [
      `postgres://${AS}a,b/db?port=7,8&target_session_attrs=any`,
      [
        ['a', 7],
        ['b', 8],
      ],
    ],
    [`postgres://${AS}/db?host=/var/run/postgresql`, [['/var/run/postgresql', 5432]]],
    [`postgres://${AS}%2Fvar%2Frun%2Fpostgresql/db`, [['/var/run/postgresql', 5432]]],
    [
      `postgres://${AS}/db?host=/run/one,/run/two&port=1,2`,
      [
        ['/run/one', 1],
        ['/run/two', 2],
      ],
    ],
    [`postgres://${AS}ignored:9/db?host=x&port=4`, [['x', 4]]],
    [`postgres://${AS}/db`, [['localhost', 5432]]],
  ] as const)('reads %s as libpq does', (url, hosts) => {
    expect(read(url)).toEqual(hosts.map(([host, port]) => ({ ...LOGIN, host, port })))
  })

  it.each([
    ['mysql://u:secret@h/db', /does not begin with postgres:/],
    ['postgres://u:sec/ret@h/db', /not of the form postgres:/],
    ['postgres://u:sec?ret@h/db', /not of the form postgres:/],
    ['postgres://u:1?sec@h/db', /not of the form postgres:/],
    ['postgres://u:secret@[::/db', /not of the form postgres:/],
    ['postgres://u:secret@h:port/db', /not of the form postgres:/],
    ['postgres://u:secret@h:70000/db', /port is not a number/],
    ['postgres://u:%zz@h/db', /not of the form postgres:/],
    ['postgres://a,b,c/db?port=1,2', /neither one port for all of its hosts nor one for each/],
    ['postgres://h/db?target_session_attrs=standby', /none of any, read-write, primary, prefer-standby/],
    ['postgres://h/db?target_session_attrs=read-only', /berth writes/],
  ])('refuses %s, and repeats none of it', (url, reason) => {
    expect(() => parsePostgresUrl(url)).toThrow(reason)
    expect(() => parsePostgresUrl(url)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('sec') }),
    )
  })

  it.each(['prefer', 'require', 'verify-ca', 'verify-full'])(
    'takes sslmode=%s for verify-full, without a word',
    mode => {
      const [host] = parsePostgresUrl(`postgres://h/db?sslmode=${mode}`).hosts
      expect(new URL(host?.connectionString ?? '').searchParams.get('sslmode')).toBe('verify-full')
    },
  )

  it.each(['sslmode=disable', 'sslmode=no-verify', 'uselibpqcompat=true&sslmode=require'])(
    'leaves %s as it is',
    query => {
      expect(parsePostgresUrl(`postgres://h/db?${query}`).hosts[0]?.connectionString).toContain(`?${query}&`)
    },
  )

  it('names the place without the login', () => {
    expect(parsePostgresUrl(`postgres://${AS}a:1,b/db?sslmode=require`).place).toBe('postgres://a:1,b/db')
    expect(parsePostgresUrl(`postgres://${AS}/db?host=/run/pg&password=x`).place).toBe('postgres:///db?host=/run/pg')
    expect(parsePostgresUrl(`postgres://${AS}a:1,b/db`).hosts.map(({ name }) => name)).toEqual(['a:1', 'b:5432'])
  })
})
