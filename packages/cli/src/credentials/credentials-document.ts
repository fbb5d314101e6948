import type { Credentials } from '../http/sign.ts'
import type { Value } from '../python/value.ts'

/** The keys in a document of a metadata service; undefined when it holds none. */
export function credentialsOf(document: ReadonlyMap<string, Value>): Credentials | undefined {
  const text = (name: string) => {
    const value = document.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const accessKeyId = text('AccessKeyId')
  const secretAccessKey = text('SecretAccessKey')
  const sessionToken = text('SessionToken') ?? text('Token')
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}
