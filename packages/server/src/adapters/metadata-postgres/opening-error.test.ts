import { describe, expect, it } from 'vitest'
import { diskFull } from '../../runtime/disk/fs-errors.ts'
import { HostError, openingError } from './opening-error.ts'
import { READ_ONLY, STANDBY, translatePostgresError, unavailable } from './postgres-errors.ts'

const PLACE = 'postgres://db:5432/berth'
const answered = (code: string, message: string) => Object.assign(new Error(message), { severity: 'FATAL', code })
const failed = (code: string, more: object = { syscall: 'connect', address: '10.0.0.1', port: 5432 }) =>
  Object.assign(new Error(`${code} of the system`), { code, ...more })
const lookUp = (code: string) => failed(code, { syscall: 'getaddrinfo', hostname: 'db' })

describe('openingError', () => {
  it.each([
    [failed('ECONNREFUSED'), 'nobody listens at 10.0.0.1:5432. Start it there'],
    [failed('ECONNREFUSED', { syscall: 'connect', address: '::1', port: 1 }), 'nobody listens at [::1]:1.'],
    [
      Object.assign(new AggregateError([failed('ECONNREFUSED'), failed('ECONNREFUSED')]), { code: 'ECONNREFUSED' }),
      'nobody listens at 10.0.0.1:5432. Start',
    ],
    [failed('ENOENT', { syscall: 'connect', address: '/run/.s.PGSQL.1' }), 'there is no socket /run/.s.PGSQL.1. Start'],
    [failed('EACCES', { syscall: 'connect', address: '/run/.s.PGSQL.1' }), 'does not permit a connection to /run/'],
    [lookUp('ENOTFOUND'), 'there is no host of the name "db". Give its right name'],
    [lookUp('EAI_AGAIN'), 'the name server of this machine does not answer for "db". Look at'],
    [failed('ETIMEDOUT'), 'it does not answer in time. See that it runs'],
    [new Error('timeout expired'), 'it does not answer in time. See'],
    [new Error('Query read timeout'), 'it does not answer in time. See'],
    [failed('EHOSTUNREACH'), 'there is no way from this machine to 10.0.0.1:5432. Look'],
    [failed('ENETUNREACH'), 'there is no way from this machine to 10.0.0.1:5432. Look'],
    [failed('ECONNRESET'), 'it closed the connection. See what its log says'],
    [new Error('Connection terminated unexpectedly'), 'it closed the connection. See'],
    [new Error('The server does not support SSL connections'), 'it speaks no TLS. Switch TLS on'],
    [failed('SELF_SIGNED_CERT_IN_CHAIN', {}), 'does not trust. Name the file of that authority'],
    [failed('CERT_HAS_EXPIRED', {}), 'its certificate is out of date (CERT_HAS_EXPIRED of the system). Renew'],
    [failed('ERR_TLS_CERT_ALTNAME_INVALID', {}), 'its certificate is for another name'],
    [failed('ENOENT', { syscall: 'open', path: '/ca.pem' }), '/ca.pem is not there. Mend the URL'],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'it asks for a password. Put'],
    [answered('28P01', 'password authentication failed for user "u"'), 'it refuses the user or the password (password'],
    [answered('28000', 'no pg_hba.conf entry for host "10.0.0.2", no encryption'), 'Allow it in the pg_hba.conf'],
    [answered('28000', 'role "u" is not permitted to log in'), 'Make the user there'],
    [answered('3D000', 'database "berth" does not exist'), 'it is not there (database "berth" does not exist). Make'],
    [answered('42501', 'permission denied for schema public'), 'may not do that in it (permission denied for schema'],
    [answered('53300', 'sorry, too many clients already'), 'all connections to it are taken. Raise max_connections'],
    [answered('55000', 'database "berth" is not currently accepting connections'), 'it takes no connections'],
    [answered('57P03', 'the database system is starting up'), 'it is starting or stopping. Try again'],
    [answered('57P01', 'terminating connection'), 'it is starting or stopping. Try again'],
    [answered('25006', 'cannot execute CREATE TABLE in a read-only transaction'), 'it is read-only (default_'],
    [answered('XX000', 'something else.'), 'it answers: something else. See what the log'],
    [unavailable(STANDBY), 'it is a standby, and takes no writes. Give the address of the node that takes writes'],
    [unavailable(READ_ONLY), 'it is read-only (default_transaction_read_only). Give the address'],
    [unavailable(READ_ONLY), 'with commas between them; or switch that setting off.'],
    [unavailable('All connections to the database are in use.'), 'All connections to the database are in use. Try'],
  ])('says of %s what is wrong, and what to do', (error, words) => {
    // As it comes from a connection, and as it comes from a query.
    for (const each of [error, translatePostgresError(error)]) {
      const told = openingError(PLACE, each)
      expect(told).toMatchObject({ problem: { kind: 'unavailable' } })
      const { what } = (told as { problem: { what: string } }).problem
      expect(what).toContain(words)
      expect(what).toMatch(/^The database postgres:\/\/db:5432\/berth cannot be used: [^\n]*[^.]\. [A-Z][^\n]*\.$/)
    }
  })

  it('says of each of several hosts what is wrong, and each thing to do once', () => {
    const hosts = [
      new HostError('a:1', failed('ECONNREFUSED')),
      new HostError('b:2', failed('ECONNREFUSED')),
      new HostError('c:3', unavailable(STANDBY)),
    ]
    expect(openingError(PLACE, new AggregateError(hosts))).toMatchObject({
      problem: {
        what:
          `The database ${PLACE} cannot be used: a:1: nobody listens at 10.0.0.1:5432; ` +
          'b:2: nobody listens at 10.0.0.1:5432; c:3: it is a standby, and takes no writes. ' +
          'Start it there, or give its right address. ' +
          'Give the address of the node that takes writes, or those of all nodes with commas between them.',
      },
    })
  })

  it('leaves a full disk as it is', () => {
    const full = diskFull('the database')
    expect(openingError(PLACE, full)).toBe(full)
  })
})
