import { expect, it } from 'vitest'
import { translatePostgresError } from './postgres-errors.ts'

const answered = (code: string) => Object.assign(new Error('it fails'), { severity: 'ERROR', code })

it.each([
  ['53100', { kind: 'storageFull', what: 'The disk that holds the database is full.' }],
  ['53200', { kind: 'unavailable', what: 'The database is out of connections or memory.' }],
  ['53300', { kind: 'unavailable', what: 'The database is out of connections or memory.' }],
  ['58030', { kind: 'unavailable', what: 'The database could not read or write its files.' }],
])('says what %s means', (code, problem) => {
  expect(translatePostgresError(answered(code))).toMatchObject({ problem })
})
