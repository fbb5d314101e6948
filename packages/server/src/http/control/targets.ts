import {
  type Encoded,
  encodeOutput,
  type HandlersOf,
  type JsonValue,
  type OperationTable,
  parseInput,
  type ServiceNames,
  type Shape,
} from '@berth/model'
import { RegistryError } from '../../domain/problem.ts'
import type { ControlCall } from './call.ts'

/** One operation as the dispatcher sees it: JSON in, JSON out. */
export interface Target {
  readonly operation: string
  /** The service that its requests must be signed for. */
  readonly signingName: string
  readonly bodyLimitBytes: number
  /** Names of the operation's input members, however deep, that are bytes. */
  readonly blobMembers: ReadonlySet<string>
  /** Reads the input and does the operation. @throws SerializationError, RegistryError */
  run(input: JsonValue, call: ControlCall): Promise<Encoded>
}

/**
 * Operations by the value of `X-Amz-Target`. The value names the service too, since several services share the
 * endpoint.
 */
export type Targets = ReadonlyMap<string, Target>

const MIB = 1024 * 1024

/** The longest bodies that are of use. A body within the limit that breaks a constraint of the model is told so. */
const BODY_LIMITS: ReadonlyMap<string, number> = new Map([
  // 20 MiB of bytes, as the model allows, in base64.
  ['UploadLayerPart', 28 * MIB],
  // 4 MiB of characters, of which an escaped one takes up to six bytes.
  ['PutImage', 25 * MIB],
  // A logo of 512,000 bytes in base64, and texts.
  ['CreateRepository', 2 * MIB],
  ['PutRepositoryCatalogData', 2 * MIB],
])

/** The operations of one service. */
export function targetsOf<Operations extends OperationTable<keyof Operations>>(
  { targetPrefix, signingName }: ServiceNames,
  operations: Operations,
  handlers: HandlersOf<Operations, ControlCall>,
): Targets {
  const names = Object.keys(operations) as (keyof Operations & string)[]
  return new Map(
    names.map(name => [`${targetPrefix}.${name}`, { signingName, ...targetOf(name, operations, handlers) }]),
  )
}

function blobMembersOf(shape: Shape): string[] {
  if (shape.type === 'list') return blobMembersOf(shape.item)
  if (shape.type !== 'structure') return []
  return Object.entries(shape.members).flatMap(([name, member]) =>
    member.type === 'blob' ? [name] : blobMembersOf(member),
  )
}

function targetOf<Operations extends OperationTable<keyof Operations>, Op extends keyof Operations & string>(
  name: Op,
  operations: Operations,
  handlers: HandlersOf<Operations, ControlCall>,
): Omit<Target, 'signingName'> {
  return {
    operation: name,
    bodyLimitBytes: BODY_LIMITS.get(name) ?? MIB,
    blobMembers: new Set(blobMembersOf(operations[name].input)),
    async run(json, call) {
      const parsed = parseInput<Operations[Op]['input']>(operations[name], json)
      if (parsed.valid) {
        return encodeOutput<Operations[Op]['output']>(operations[name], await handlers[name](parsed.input, call))
      }
      // ECR names one constraint even where several are broken.
      const [{ path, constraint } = { path: '', constraint: '' }] = parsed.violations
      throw new RegistryError({ kind: 'parameterInvalid', member: path, constraint })
    },
  }
}
