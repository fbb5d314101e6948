import { createHash, createHmac } from 'node:crypto'
import type { CredentialScope } from './authorization.ts'

export type SigningKeys = (accessKeyId: string, secret: string, scope: CredentialScope) => Buffer

/** Derives signing keys, and keeps the latest `limit` of them. A key serves a day, and deriving it costs four HMACs. */
export function createSigningKeys(limit = 1000): SigningKeys {
  const cache = new Map<string, Buffer>()
  return (accessKeyId, secret, scope) => {
    // The secret's fingerprint makes a replaced secret miss, without the secret itself staying in the map.
    const fingerprint = createHash('sha256').update(secret).digest('hex')
    const name = [accessKeyId, scope.date, scope.region, scope.service, fingerprint].join('/')
    const cached = cache.get(name)
    if (cached !== undefined) return cached
    const key = deriveSigningKey(secret, scope)
    const [oldest] = cache.keys()
    if (oldest !== undefined && cache.size >= limit) cache.delete(oldest)
    cache.set(name, key)
    return key
  }
}

/** Derives a signing key (AWS Signature Version 4, "Derive a signing key"). */
export function deriveSigningKey(secret: string, { date, region, service }: CredentialScope): Buffer {
  const chain = [date, region, service, 'aws4_request']
  return chain.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`))
}

/** HMAC-SHA256, by which signing keys are derived and signatures made. */
export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
