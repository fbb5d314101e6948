import { describe, expect, it } from 'vitest'
import { credentialsUrl } from './container-credentials.ts'

const urlOf = (full: string) => credentialsUrl({ env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: full } }).href

describe('the credentials of a container', () => {
  it.each([
    'http://localhost:9/x',
    'http://127.0.0.1/x',
    'http://127.9.8.7/x',
    'http://[::1]:9/x',
    'http://169.254.170.2/x',
    'http://169.254.170.23/x',
    'http://[fd00:ec2::23]/x',
    'https://credentials.example.com/x',
  ])('may be at %s', url => {
    expect(urlOf(url)).toBe(url)
  })

  it.each([
    ['http://credentials.example.com/x', 'credentials.example.com'],
    ['http://127.example.com/x', '127.example.com'],
    ['http://localhost.example.com/x', 'localhost.example.com'],
    ['http://localhost@example.com/x', 'example.com'],
    ['http://169.254.169.254/x', '169.254.169.254'],
    ['http://[fd00:ec2::254]/x', 'fd00:ec2::254'],
    ['ftp://localhost/x', 'localhost'],
    ['nonsense', 'nonsense'],
  ])('are not asked for at %s', (url, host) => {
    expect(() => urlOf(url)).toThrow(
      `Unsupported host '${host}'.  Can only retrieve metadata from a loopback address or one of these hosts: 169.254.170.2, 169.254.170.23, fd00:ec2::23, localhost`,
    )
  })

  it('are at the agent of ECS when the URI is relative, whatever the other one says', () => {
    const env = {
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://example.com/',
    }
    expect(credentialsUrl({ env }).href).toBe('http://169.254.170.2/v2/credentials')
  })
})
