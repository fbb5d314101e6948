/** The model at work with the AWS SDK on the other side: what one writes, the other reads. */
import { Readable } from 'node:stream'
import * as sdk from '@aws-sdk/client-ecr-public'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { decode, encode, type JsonValue } from './aws-json.ts'
import type { Operation } from './operation.ts'
import {
  type Handlers,
  type Input,
  isOperationName,
  type OperationName,
  type Operations,
  type Output,
  operations,
} from './operations.ts'
import { SerializationError } from './serialization-error.ts'
import { service } from './service.ts'
import { valid } from './shape.arbitrary.ts'
import { encodeOutput, parseInput } from './wire.ts'

interface Sent {
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array
}

/** Sends one command with the SDK, and answers it with `answer`. */
async function exchange(
  name: OperationName,
  input: unknown,
  answer: JsonValue,
): Promise<{ sent: Sent; output: unknown }> {
  const Command = new Map<string, unknown>(Object.entries(sdk)).get(
    `${name}Command`,
  ) as typeof sdk.DescribeImagesCommand
  const requests: Sent[] = []
  const client = new sdk.ECRPUBLICClient({
    region: service.signingRegion,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    requestHandler: {
      handle: async (request: Sent) => {
        requests.push(request)
        const headers = { 'content-type': service.contentType }
        return { response: { statusCode: 200, headers, body: Readable.from([Buffer.from(JSON.stringify(answer))]) } }
      },
    } as never,
  })
  const { $metadata, ...output } = await client.send(new Command(input as never))
  const [sent] = requests
  if (sent === undefined) throw new Error('nothing was sent')
  return { sent, output }
}

const names = Object.keys(operations).filter(isOperationName)

describe('the AWS SDK', () => {
  it.each(names)('sends %s as the model reads it, and reads what the model writes', async name => {
    const operation: Operation = operations[name]
    const { input, output } = operation
    await fc.assert(
      fc.asyncProperty(valid(input), valid(output), async (request, answer) => {
        const { sent, output: received } = await exchange(name, request, encodeOutput(operation, answer).json())
        expect(sent.headers['x-amz-target']).toBe(`${service.targetPrefix}.${name}`)
        expect(sent.headers['content-type']).toBe(service.contentType)
        expect(sent.headers['authorization']).toContain(`/${service.signingRegion}/${service.signingName}/`)
        expect(parseInput(operation, JSON.parse(Buffer.from(sent.body).toString()))).toEqual({
          valid: true,
          input: request,
        })
        expect(received).toEqual(answer)
      }),
      { numRuns: 5 },
    )
  })
})

describe('parseInput', () => {
  it('lists what is wrong', () => {
    expect(parseInput(operations.DescribeImages, { repositoryName: 'web', maxResults: 0 })).toEqual({
      valid: false,
      violations: [{ path: 'maxResults', constraint: 'Member must have value greater than or equal to 1' }],
    })
  })

  it('looks at types before constraints', () => {
    expect(() => parseInput(operations.DescribeImages, { maxResults: '0' })).toThrow(SerializationError)
  })

  it('finds no image in a list of nulls', () => {
    expect(parseInput(operations.BatchDeleteImage, { repositoryName: 'web', imageIds: [null] })).toEqual({
      valid: false,
      violations: [{ path: 'imageIds', constraint: 'Member must have length greater than or equal to 1' }],
    })
  })
})

describe('the types', () => {
  it('follow from the data', () => {
    expectTypeOf<Input<'GetAuthorizationToken'>>().toEqualTypeOf<Record<never, never>>()
    expectTypeOf<Input<'BatchDeleteImage'>['repositoryName']>().toEqualTypeOf<string>()
    expectTypeOf<Input<'BatchDeleteImage'>['registryId']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Input<'UploadLayerPart'>['layerPartBlob']>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<Output<'DescribeRegistries'>['registries'][number]['aliases'][number]['status']>().toEqualTypeOf<
      'ACTIVE' | 'PENDING' | 'REJECTED'
    >()
    // @ts-expect-error a handler for each operation, or it does not compile
    const none: Handlers<string> = {}
    expect(none).toEqual({})
  })

  it('hold for any operation by its name', async () => {
    async function call<Op extends OperationName>(name: Op, json: JsonValue, handlers: Pick<Handlers<string>, Op>) {
      const parsed = parseInput<Operations[Op]['input']>(operations[name], json)
      if (!parsed.valid) throw new Error('invalid')
      return encodeOutput<Operations[Op]['output']>(
        operations[name],
        await handlers[name](parsed.input, 'caller'),
      ).json()
    }
    const TagResource: Handlers<string>['TagResource'] = async input => {
      expect(encode(operations.TagResource.input, input)).toEqual({ resourceArn: 'arn', tags: [] })
      return {}
    }
    expect(await call('TagResource', { resourceArn: 'arn', tags: [] }, { TagResource })).toEqual({})
  })

  it('hold for a client that knows operations as data only', () => {
    const operation: Operation = operations.ListTagsForResource
    expect(encode(operation.input, { resourceArn: 'arn' })).toEqual({ resourceArn: 'arn' })
    expect(decode(operation.output, { tags: [{ Value: 'v', Key: 'k' }] })['tags']).toEqual([{ Key: 'k', Value: 'v' }])
  })

  it('know an operation from a property every object has', () => {
    expect(names).toHaveLength(23)
    expect(isOperationName('constructor')).toBe(false)
    expect(isOperationName('describeImages')).toBe(false)
  })
})
