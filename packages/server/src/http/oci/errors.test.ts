import { expect, it } from 'vitest'
import { ControlError, RegistryError } from '../../domain/problem.ts'
import { isOurs, renderProblem } from './errors.ts'
import { parsePush } from './references.ts'

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

it('has words for what its own paths bring about', () => {
  const error = thrownBy(() => parsePush('sha256:'.padEnd(71, 'a'), ['no tag']))
  if (!isOurs(error)) expect.unreachable('a tag that is none has a row')
  expect(renderProblem(error.problem)).toMatchObject({ status: 400, body: expect.stringContaining("'no tag'") })
})

it('has none for what only the other wire brings about', () => {
  const repository = { name: 'app', registryId: 'acme' }
  expect(isOurs(new RegistryError({ kind: 'repositoryNotFound', ...repository }))).toBe(true)
  expect(isOurs(new RegistryError({ kind: 'layerExists', digest: 'sha256:ab', ...repository }))).toBe(false)
  expect(isOurs(new RegistryError({ kind: 'resourceTagsTooMany', limit: 50 }))).toBe(false)
  expect(isOurs(new ControlError({ kind: 'signatureMissing' }))).toBe(false)
  expect(isOurs(new Error('hunter2'))).toBe(false)
})
