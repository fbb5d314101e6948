import { describe, expect, it } from 'vitest'
import { berthOperations } from './berth/operations.ts'
import { ecrOperations } from './ecr/operations.ts'
import type { Operation } from './operation.ts'
import { kebabCase } from './operation.ts'
import { operations } from './operations.ts'
import type { Shape } from './shapes.ts'

const everything = { ...operations, ...ecrOperations, ...berthOperations }
const all: readonly Operation[] = Object.values(everything)

describe('an operation', () => {
  it('is named after itself on the command line and in policies', () => {
    expect(operations.BatchCheckLayerAvailability).toMatchObject({
      cliName: 'batch-check-layer-availability',
      iamAction: 'ecr-public:BatchCheckLayerAvailability',
    })
    expect(ecrOperations.GetLifecyclePolicy.iamAction).toBe('ecr:GetLifecyclePolicy')
    expect(berthOperations.RestoreImages.iamAction).toBe('berth:RestoreImages')
    for (const [name, operation] of Object.entries(everything)) expect(operation.name).toBe(name)
  })

  it('names options as the command line does', () => {
    expect(kebabCase('imageManifestMediaType')).toBe('image-manifest-media-type')
    expect(kebabCase('force')).toBe('force')
  })

  it('says what it is for, and what each of its members is', () => {
    const silent = (shape: Shape, path: string): string[] => {
      if (shape.type === 'list') return silent(shape.item, `${path}[]`)
      if (shape.type !== 'structure') return []
      return Object.entries(shape.members).flatMap(([name, member]) => [
        ...(member.documentation ? [] : [`${path}.${name}`]),
        ...silent(member, `${path}.${name}`),
      ])
    }
    expect(all.filter(({ documentation }) => documentation === '')).toEqual([])
    expect(all.flatMap(({ name, input, output }) => [...silent(input, name), ...silent(output, name)])).toEqual([])
  })

  it('has a name that no other service has', () => {
    expect(all).toHaveLength(23 + 5 + 10)
  })

  it('pages by members that it has', () => {
    for (const { input, output, pagination } of all) {
      if (pagination === undefined) continue
      const { inputToken, limitKey, outputToken, resultKey, sharedKeys = [] } = pagination
      expect(Object.keys(input.members)).toEqual(expect.arrayContaining([inputToken, limitKey]))
      expect(Object.keys(output.members)).toEqual(expect.arrayContaining([resultKey, outputToken, ...sharedKeys]))
    }
  })

  it('keeps its token out of logs', () => {
    const { authorizationToken } = operations.GetAuthorizationToken.output.members.authorizationData.members
    expect(authorizationToken.sensitive).toBe(true)
  })
})
