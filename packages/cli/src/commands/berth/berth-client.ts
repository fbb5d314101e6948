import type { Operation, ServiceNames } from '@berth/model'
import { type Client, createClient, type Parameters } from '../../client/client.ts'
import { CommandError } from '../../errors.ts'
import type { Context } from '../command.ts'
import { readMoment } from './read-moment.ts'

/** A client of one of the services that only berth's servers have. */
export async function connectTo(service: ServiceNames, context: Context): Promise<Client> {
  const client = await createClient(context, service)
  return {
    prepare: (operation, parameters) => client.prepare(operation, withMoments(operation, parameters)),
    async call(operation, parameters) {
      try {
        return await client.call(operation, withMoments(operation, parameters))
      } catch (error) {
        throw explain(error)
      }
    },
  }
}

/** Puts moments into the one form that the service takes; people type them in many. */
function withMoments({ input }: Operation, parameters: Parameters): Parameters {
  return new Map(
    [...parameters].map(([name, value]) => {
      const isMoment = Object.hasOwn(input.members, name) && input.members[name]?.type === 'timestamp'
      return [name, isMoment && typeof value === 'string' ? readMoment(name, value) : value] as const
    }),
  )
}

const ONLY_BERTH =
  'This is an operation of berth, which Amazon ECR Public does not have. Name a server of berth by --endpoint-url, by AWS_ENDPOINT_URL_ECR_PUBLIC or in the profile.'

/**
 * Words the errors of servers that are not berth's: such a server does not know the operation, or looks no further than
 * the service of the signature.
 */
function explain(error: unknown): unknown {
  if (!(error instanceof CommandError) || error.code === undefined) return error
  const isStrange =
    ['UnknownOperationException', 'UnknownOperation', '404'].includes(error.code) ||
    error.message.includes('scoped to correct service')
  if (!isStrange) return error
  return new CommandError(error.kind, `${error.message}\n\n${ONLY_BERTH}`, { cause: error, code: error.code })
}
