import { expect, it } from 'vitest'
import { gatewaysOf } from './machine-of-container.ts'

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'

it('finds the gateway of a bridge, and takes no other route for one', () => {
  const routes = [
    HEAD,
    'eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'eth1\t0000A8C0\t0100A8C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'lo\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0',
    '',
  ].join('\n')
  expect(gatewaysOf(routes)).toEqual(['172.17.0.1'])
  expect(gatewaysOf('')).toEqual([])
  expect(gatewaysOf(`${HEAD}\neth0\t00000000\tnone\t0003`)).toEqual([])
})
