import {
  encodeOutput,
  type Handlers,
  type JsonValue,
  type OperationName,
  operations,
  parseInput,
  service,
} from '@berth/model'
import { RegistryError } from '../../domain/problem.ts'
import type { ControlCall } from './call.ts'

/** One operation as the dispatcher sees it: JSON in, JSON out. */
export interface Target {
  readonly operation: string
  readonly bodyLimitBytes: number
  /** @throws SerializationError, RegistryError */
  run(input: JsonValue, call: ControlCall): Promise<JsonValue>
}

/** Operations by the value of `X-Amz-Target`, which names the service too: several can share one endpoint. */
export type Targets = ReadonlyMap<string, Target>

const MIB = 1024 * 1024

/** Longest bodies that are of use; what is within them but breaks a constraint of the model is told so. */
const BODY_LIMITS: Partial<Record<OperationName, number>> = {
  // 20 MiB of bytes, as the model allows, in base64.
  UploadLayerPart: 28 * MIB,
  // 4 MiB of characters, of which an escaped one takes up to six bytes.
  PutImage: 25 * MIB,
  // A logo of 512,000 bytes in base64, and texts.
  CreateRepository: 2 * MIB,
  PutRepositoryCatalogData: 2 * MIB,
}

/** The 23 operations of ECR Public. */
export function ecrPublicTargets(handlers: Handlers<ControlCall>): Targets {
  const names = Object.keys(operations) as OperationName[]
  return new Map(names.map(name => [`${service.targetPrefix}.${name}`, targetOf(name, handlers)]))
}

function targetOf<Op extends OperationName>(name: Op, handlers: Handlers<ControlCall>): Target {
  return {
    operation: name,
    bodyLimitBytes: BODY_LIMITS[name] ?? MIB,
    async run(json, call) {
      const parsed = parseInput(name, json)
      if (parsed.valid) return encodeOutput(name, await handlers[name](parsed.input, call))
      // ECR names one constraint even where several are broken.
      const [{ path, constraint } = { path: '', constraint: '' }] = parsed.violations
      throw new RegistryError({ kind: 'parameterInvalid', member: path, constraint })
    },
  }
}
