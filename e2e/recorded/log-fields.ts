import { startRegistry } from '../support/registry.ts'

/** The fields of each line that a server logs while it starts, answers and ends: `message: field field …`. */
export async function logFields(): Promise<string> {
  const registry = await startRegistry({ args: ['--log-level', 'info'] })
  try {
    await registry.control('CreateRepository', { repositoryName: 'recorded/app' })
    await registry.control('DescribeImages', { repositoryName: 'recorded/absent' }).catch(() => undefined)
    const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
    for (const path of ['/v2/', '/healthz', `/v2/${registry.alias}/recorded/app/manifests/absent`, '/nowhere'])
      await (await fetch(`${registry.url}${path}`, { headers: { authorization } })).arrayBuffer()
    await (await fetch(`${registry.url}/v2/`)).arrayBuffer()
    await registry.stop()
    const fields = new Map<string, Set<string>>()
    for (const line of registry
      .output()
      .split('\n')
      .filter(text => text.startsWith('{'))) {
      // A time is text wherever it stands, as `time` is: seconds and milliseconds look alike.
      if (/"\w+At":\d/.test(line)) throw new Error(`a time in the log is a number: ${line}`)
      const entry: Record<string, unknown> = JSON.parse(line)
      const message = String(entry['msg'])
      const known = fields.get(message) ?? new Set()
      for (const name of Object.keys(entry)) known.add(name)
      fields.set(message, known)
    }
    return [...fields]
      .map(([message, names]) => `${message}: ${[...names].sort().join(' ')}\n`)
      .sort()
      .join('')
  } finally {
    await registry[Symbol.asyncDispose]()
  }
}
