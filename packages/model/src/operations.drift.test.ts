/** The model against the one AWS compiles into its own SDK: a name or a member that differs fails here. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as sdk from '@aws-sdk/client-ecr-public'
import { describe, expect, it } from 'vitest'
import { errors } from './errors.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'
import { service } from './service.ts'
import { nested, outline, sdkOutline } from './testing/sdk-outline.ts'

const sdkExports = new Map<string, unknown>(Object.entries(sdk))
const require = createRequire(import.meta.url)
const sdkFile = (path: string) => readFileSync(require.resolve(`@aws-sdk/client-ecr-public/${path}`), 'utf8')
const names = Object.keys(operations).sort()
const all: readonly Operation[] = Object.values(operations)

describe('the model and the AWS SDK', () => {
  it('have the same operations', () => {
    const commands = [...sdkExports.keys()].filter(name => name.endsWith('Command') && name !== '$Command')
    expect(names.map(name => `${name}Command`)).toEqual(commands.sort())
    expect(names).toHaveLength(23)
  })

  it.each(all.map(operation => [operation.name, operation] as const))('%s has the same members', (name, operation) => {
    const schema = sdkExports.get(`${name}$`)
    if (!Array.isArray(schema)) throw new Error(`the SDK has no schema of ${name}`)
    expect(operation.name).toBe(schema[2])
    expect(outline(operation.input)).toEqual(sdkOutline(schema[4]))
    expect(outline(operation.output)).toEqual(sdkOutline(schema[5]))
  })

  it.each(all.map(operation => [operation.name, operation] as const))('%s has the same errors', (name, operation) => {
    const declared = sdkFile(`dist-types/commands/${name}Command.d.ts`).matchAll(/@throws \{@link (\w+)\} \(/g)
    expect([...operation.errors].sort()).toEqual([...declared].map(match => match[1]).sort())
  })

  it('have the same exceptions, faults and members', () => {
    const schemas = [...sdkExports].filter(([name]) => name.endsWith('Exception$') && !name.startsWith('ECRPUBLIC'))
    expect(
      Object.keys(errors)
        .map(name => `${name}$`)
        .sort(),
    ).toEqual(schemas.map(([name]) => name).sort())
    for (const error of Object.values(errors)) {
      const schema = sdkExports.get(`${error.shape.shapeName}$`)
      expect(outline(error.shape)).toEqual(sdkOutline(schema))
      expect(schema).toHaveProperty('3', { error: error.fault })
      expect(error.status).toBe(error.fault === 'client' ? 400 : 500)
    }
  })

  it('have the same enumerations', () => {
    const shapes = all.flatMap(operation => [...nested(operation.input), ...nested(operation.output)])
    const enumerations = shapes.filter(shape => shape.type === 'string' && shape.enum !== undefined)
    expect(new Set(enumerations.map(shape => shape.shapeName)).size).toBe(4)
    for (const shape of enumerations) {
      expect(shape).toHaveProperty('enum', expect.any(Array))
      const values = 'enum' in shape ? [...(shape.enum ?? [])].sort() : []
      expect(values).toEqual(Object.values(sdkExports.get(shape.shapeName) ?? {}).sort())
    }
  })

  it('page the same operations by the same members', () => {
    const paged = all.filter(operation => operation.pagination !== undefined)
    const paginators = [...sdkExports.keys()].filter(name => name.startsWith('paginate'))
    expect(paged.map(operation => `paginate${operation.name}`).sort()).toEqual(paginators.sort())
    for (const { name, input, output, pagination } of paged) {
      if (pagination === undefined) continue
      const { inputToken, outputToken, limitKey, resultKey } = pagination
      const source = sdkFile(`dist-es/pagination/${name}Paginator.js`)
      expect(source).toContain(`Command, "${inputToken}", "${outputToken}", "${limitKey}")`)
      expect(Object.keys(input.members)).toEqual(expect.arrayContaining([inputToken, limitKey]))
      expect(Object.keys(output.members)).toEqual([resultKey, outputToken])
    }
  })

  it('name the service alike', () => {
    const client = new sdk.ECRPUBLICClient({ region: service.signingRegion })
    expect(client.config.serviceId).toBe(service.id)
    expect(client.config.apiVersion).toBe(service.apiVersion)
    expect(sdkFile('dist-es/runtimeConfig.shared.js')).toContain(`serviceTarget: "${service.targetPrefix}"`)
    expect(sdkFile('dist-es/auth/httpAuthSchemeProvider.js')).toContain(`name: "${service.signingName}"`)
  })
})
