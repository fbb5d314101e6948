import type { Parameters } from '../../client/client.ts'
import type { Environment } from '../../environment.ts'
import { exitCodes } from '../../errors.ts'
import { str } from '../../python/text.ts'
import { isDict, isList } from '../../python/value.ts'

/**
 * Returns the exit code of an answer under `--fail-on-partial`. An answer that lists failures counts as an error of the
 * service, and each failure is told on stderr.
 */
export function reportPartialFailures(answer: Parameters, { stderr }: Environment): number {
  const failures = answer.get('failures')
  if (!isList(failures) || failures.length === 0) return exitCodes.ok
  const lines = failures.filter(isDict).map(failure => {
    const id = failure.get('imageId') ?? failure.get('layerDigest') ?? null
    const name = isDict(id) ? [...id].map(([key, value]) => `${key}=${str(value)}`).join(',') : str(id)
    return `  ${name}: ${str(failure.get('failureCode') ?? null)}: ${str(failure.get('failureReason') ?? null)}`
  })
  stderr.write(`\n${failures.length} of the items failed:\n${lines.join('\n')}\n`)
  return exitCodes.service
}
