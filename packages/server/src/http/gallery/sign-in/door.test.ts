import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { BlockList } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createClientOf } from '../../client.ts'
import { createDoorOf, type DoorSettings } from './door.ts'

/** What browsers of today send when they go to loopback, and over plain HTTP to elsewhere. */
const TO_LOOPBACK = { 'upgrade-insecure-requests': '1', 'sec-fetch-site': 'none' }
const TO_A_NETWORK = { 'upgrade-insecure-requests': '1' }

interface Way {
  /** The address of the other end. */
  readonly peer?: string
  readonly host?: string
  readonly headers?: IncomingHttpHeaders
}

const door = (
  { peer = '127.0.0.1', host = 'localhost:5000', headers = TO_LOOPBACK }: Way,
  { proxy, ...settings }: Partial<DoorSettings> & { readonly proxy?: string } = {},
) => {
  const trusted = new BlockList()
  if (proxy !== undefined) trusted.addAddress(proxy)
  const doorOf = createDoorOf({
    ...{ clientOf: createClientOf(trusted), publicUrl: undefined, listenHost: '0.0.0.0' },
    ...settings,
  })
  const socket = { remoteAddress: peer, localAddress: '172.17.0.2', localPort: 5000 }
  return doorOf({ headers: { host, ...headers }, socket } as unknown as IncomingMessage)
}
const kindOf = (...args: Parameters<typeof door>) => door(...args).kind

describe('plain HTTP is taken for loopback', () => {
  it('where name, browser and way say so', () => {
    for (const host of ['localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'berth.localhost'])
      expect([host, kindOf({ host })]).toEqual([host, 'loopback'])
    // What is no browser says nothing of itself, and old ones neither.
    expect(kindOf({ headers: {} })).toBe('loopback')
    expect(kindOf({ peer: '::ffff:127.0.0.1' })).toBe('loopback')
    // A container that has the address of its machine, as Podman gives them.
    expect(kindOf({ peer: '172.17.0.2' })).toBe('loopback')
  })

  it('in a container, from its machine alone', () => {
    const machine = ['172.17.0.1']
    expect(kindOf({ peer: '172.17.0.1' }, { machine })).toBe('loopback')
    expect(kindOf({ peer: '::ffff:172.17.0.1' }, { machine })).toBe('loopback')
    for (const peer of ['172.17.0.3', '192.0.2.7', '10.0.0.8']) expect(kindOf({ peer }, { machine })).toBe('plain')
    for (const host of ['192.0.2.1:5000', 'evil.example:5000', 'localhost.evil.example:5000'])
      expect([host, kindOf({ peer: '172.17.0.1', host }, { machine })]).toEqual([host, 'plain'])
  })

  it('where whoever runs the server says that a port is one of loopback', () => {
    const said = { publicUrl: 'http://localhost:8080' }
    expect(kindOf({ peer: '192.168.65.1', host: 'localhost:8080' }, said)).toBe('loopback')
    expect(kindOf({ peer: '192.168.65.1', host: '127.0.0.1:8080' }, said)).toBe('loopback')
    const proxied = { ...TO_LOOPBACK, 'x-forwarded-for': '172.18.0.1' }
    expect(kindOf({ peer: '172.18.0.5', host: 'localhost:8080', headers: proxied }, said)).toBe('loopback')
    expect(kindOf({ peer: '192.168.65.1', host: 'localhost:5000' }, said)).toBe('plain')
    expect(kindOf({ peer: '192.168.65.1', host: '192.0.2.1:8080' }, said)).toBe('plain')
    expect(kindOf({ peer: '192.168.65.1' }, { publicUrl: 'https://localhost:5000' })).toBe('plain')
    expect(kindOf({ peer: '192.168.65.1' }, { publicUrl: 'http://images.example:5000' })).toBe('plain')
  })
})

describe('plain HTTP is refused', () => {
  it('from elsewhere, whatever name is sent along, and is told what to do', () => {
    for (const headers of [TO_LOOPBACK, TO_A_NETWORK, {}]) {
      expect(kindOf({ peer: '192.0.2.7', headers })).toBe('plain')
      expect(kindOf({ peer: '192.0.2.7', host: 'images.example', headers })).toBe('plain')
    }
    expect(door({ peer: '192.0.2.7' }).relayedFrom).toBe('http://localhost:5000')
    expect(door({ peer: '192.0.2.7', host: 'images.example' }).relayedFrom).toBeUndefined()
  })

  it('behind a proxy that puts a loopback name in place of its own, whether it says so or not', () => {
    for (const settings of [{}, { machine: ['127.0.0.1'] }, { publicUrl: 'http://localhost:5000' }])
      expect(door({ headers: TO_A_NETWORK }, settings)).toMatchObject({ kind: 'plain', relayedFrom: undefined })
    for (const name of ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via'])
      expect([name, kindOf({ headers: { ...TO_LOOPBACK, [name]: '192.0.2.7' } })]).toEqual([name, 'plain'])
    const trusted = { ...TO_A_NETWORK, 'x-forwarded-for': '127.0.0.1' }
    expect(kindOf({ headers: trusted }, { proxy: '127.0.0.1' })).toBe('plain')
  })
})

it('HTTPS is as the trusted proxy says', () => {
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' }
  const way = { host: 'images.example', headers }
  expect(door(way, { proxy: '127.0.0.1', publicUrl: 'https://images.example' })).toMatchObject({
    ...{ kind: 'https', port: '443', isKnown: true, origins: ['https://images.example', 'https://images.example'] },
  })
  expect(kindOf(way, { publicUrl: 'https://images.example' })).toBe('plain')
})
