/** ECR's lifecycle operations against those of the AWS SDK, but for what has to do with archived images. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as sdk from '@aws-sdk/client-ecr'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../operation.ts'
import { nested, type Outline, outline, sdkOutline } from '../testing/sdk-outline.ts'
import { ecr, ecrErrors, ecrOperations } from './operations.ts'

const sdkExports = new Map<string, unknown>(Object.entries(sdk))
const require = createRequire(import.meta.url)
const sdkFile = (path: string) => readFileSync(require.resolve(`@aws-sdk/client-ecr/${path}`), 'utf8')
const all: readonly Operation[] = Object.values(ecrOperations)

/** A public registry has one class of storage, so no rule can move an image to another. */
const ARCHIVING = ['storageClass', 'targetStorageClass', 'transitioningImageTotalCounts']

/** What the answers say of such rules, and of the next run; the SDK's shapes lack it, and its clients leave it out. */
const OWN = ['rulesWithoutEffect', 'nextEvaluationAt']

const withoutArchiving = (outline: Outline): Outline => withoutMembers(outline, ARCHIVING)

function withoutMembers(outline: Outline, names: readonly string[]): Outline {
  if (typeof outline === 'string') return outline
  if ('list' in outline) return { list: withoutMembers(outline.list, names) }
  const members = Object.entries(outline.members)
    .filter(([name]) => !names.includes(name))
    .map(([name, member]) => [name, withoutMembers(member, names)] as const)
  return { ...outline, members: Object.fromEntries(members) }
}

describe('the lifecycle operations and those of the AWS SDK', () => {
  it('are the same', () => {
    const commands = [...sdkExports.keys()].filter(name => /Lifecycle\w*Command$/.test(name))
    expect(all.map(({ name }) => `${name}Command`).sort()).toEqual(commands.sort())
    for (const [name, operation] of Object.entries(ecrOperations)) expect(operation.name).toBe(name)
  })

  it.each(all.map(operation => [operation.name, operation] as const))('%s has the same members', (name, operation) => {
    const schema = sdkExports.get(`${name}$`)
    if (!Array.isArray(schema)) throw new Error(`the SDK has no schema of ${name}`)
    expect(outline(operation.input)).toEqual(sdkOutline(schema[4]))
    expect(withoutMembers(outline(operation.output), OWN)).toEqual(withoutArchiving(sdkOutline(schema[5])))
  })

  it.each(all.map(operation => [operation.name, operation] as const))('%s has the same errors', (name, operation) => {
    const declared = sdkFile(`dist-types/commands/${name}Command.d.ts`).matchAll(/@throws \{@link (\w+)\} \(/g)
    expect([...operation.errors].sort()).toEqual([...declared].map(match => match[1]).sort())
  })

  it('have the same exceptions, faults and members', () => {
    const used = new Set(all.flatMap(operation => operation.errors))
    expect(Object.keys(ecrErrors).sort()).toEqual([...used].sort())
    for (const error of Object.values(ecrErrors)) {
      const schema = sdkExports.get(`${error.shape.shapeName}$`)
      expect(outline(error.shape)).toEqual(sdkOutline(schema))
      expect(schema).toHaveProperty('3', expect.objectContaining({ error: error.fault }))
    }
  })

  it('have the same enumerations, but for archiving', () => {
    const shapes = all.flatMap(operation => [...nested(operation.input), ...nested(operation.output)])
    const enumerations = new Map(
      shapes.flatMap(shape => (shape.type === 'string' && shape.enum ? [[shape.shapeName, shape.enum]] : [])),
    )
    expect([...enumerations.keys()].sort()).toEqual(['ImageActionType', 'LifecyclePolicyPreviewStatus', 'TagStatus'])
    for (const [name, values] of enumerations) {
      const theirs = Object.values(sdkExports.get(name) ?? {}).filter(value => value !== 'TRANSITION')
      expect([...values].sort()).toEqual(theirs.sort())
    }
  })

  it('page the same one by the same members', () => {
    const paged = all.filter(operation => operation.pagination !== undefined)
    const paginators = [...sdkExports.keys()].filter(name => /^paginate.*Lifecycle/.test(name))
    expect(paged.map(operation => `paginate${operation.name}`)).toEqual(paginators)
    for (const { name, output, pagination } of paged) {
      if (pagination === undefined) continue
      const { inputToken, outputToken, limitKey, resultKey, sharedKeys = [] } = pagination
      const source = sdkFile(`dist-es/pagination/${name}Paginator.js`)
      expect(source).toContain(`Command, "${inputToken}", "${outputToken}", "${limitKey}")`)
      expect(Object.keys(output.members).sort()).toEqual([outputToken, resultKey, ...sharedKeys].sort())
    }
  })

  it('name the service alike', () => {
    expect(sdkFile('dist-es/runtimeConfig.shared.js')).toContain(`serviceTarget: "${ecr.targetPrefix}"`)
    expect(sdkFile('dist-es/auth/httpAuthSchemeProvider.js')).toContain(`name: "${ecr.signingName}"`)
    expect(ecrOperations.PutLifecyclePolicy.iamAction).toBe('ecr:PutLifecyclePolicy')
  })
})
