import { expect, it } from 'vitest'
import { PostgresConnection } from './postgres-connection.ts'
import { WriteDriver } from './postgres-drivers.ts'
import type { Session } from './postgres-writer.ts'
import type { SessionPool } from './session-pool.ts'

it('asks nothing more of a server that did not answer, and lets the connection go', async () => {
  const sent: string[] = []
  const released: unknown[] = []
  const client = {
    query(text: string) {
      sent.push(text)
      return Promise.reject(new Error('Query read timeout'))
    },
  }
  const session = { client, isPooled: false, isBroken: false } as unknown as Session
  const pool = { release: ({ isBroken }: Session) => released.push(isBroken) } as unknown as SessionPool
  const connection = new PostgresConnection(session)
  const driver = new WriteDriver(pool, { alone: 'begin', pooled: 'begin' })
  await expect(connection.run('update')).rejects.toThrow()
  await driver.rollbackTransaction(connection)
  await driver.releaseConnection(connection)
  expect([sent, released]).toEqual([['update'], [true]])
})
