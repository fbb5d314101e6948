import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BERTH, berthEnvironment } from '../support/berth.ts'
import { makeImage } from '../support/images.ts'
import { pushImage } from '../support/push.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { type Step, typeAt } from '../support/terminal.ts'

describe('the interactive prompt', () => {
  let registry: Registry

  beforeAll(async () => {
    registry = await startRegistry()
    await registry.control('CreateRepository', { repositoryName: 'team/web' })
    await pushImage(registry, 'team/web', makeImage('prompt'), 'only-tag')
  })
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]()
  })

  const type = (steps: readonly Step[], args: readonly string[]) =>
    typeAt([process.execPath, BERTH, ...args], steps, { ...berthEnvironment(registry), TERM: 'xterm', AWS_PAGER: '' })

  it('completes commands, options, and names that the registry knows', async () => {
    const steps: Step[] = [
      ['> berth', 'ecr-public batch-d\t'],
      ['batch-delete-image ', '--repository-name '],
      ['team/web', '\t'],
      ['team/web ', '--image-ids imageT'],
      ['imageTag=only-tag', '\t'],
      ['imageTag=only-tag ', '\r'],
    ]
    const { shown, exit, left } = await type(steps, ['--cli-auto-prompt'])
    expect(left).toEqual([])
    expect(exit).toBe(0)
    expect(shown).toContain('"imageTag": "only-tag"')
    const { imageDetails } = await registry.control('DescribeImages', { repositoryName: 'team/web' })
    expect(imageDetails).toEqual([])
  })

  it('asks for what is missing where that is wanted', async () => {
    const { exit, shown } = await type(
      [['> berth ecr-public describe-images', '--repository-name team/web\r']],
      ['ecr-public', 'describe-images', '--cli-auto-prompt'],
    )
    expect(shown).toContain('"imageDetails": []')
    expect(exit).toBe(0)
  })

  it('ends with 130 when it is cancelled', async () => {
    expect(await type([['> berth', '\u0003']], ['--cli-auto-prompt'])).toMatchObject({ exit: 130, left: [] })
  })
})
