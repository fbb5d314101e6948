import type { ErrorName } from './errors.ts'
import { service } from './service.ts'
import { type MemberShapes, type StructureShape, structure } from './shapes.ts'

/** Which members carry the pages of a listing: all are names of top-level members. */
export type Pagination = {
  readonly inputToken: string
  readonly outputToken: string
  readonly limitKey: string
  readonly resultKey: string
  /** The size of a page when the request names none. */
  readonly defaultLimit: number
}

/** One operation of the service; `operations` has them with their exact types. */
export type Operation<
  Name extends string = string,
  Input extends StructureShape = StructureShape,
  Output extends StructureShape = StructureShape,
> = {
  readonly name: Name
  readonly cliName: string
  readonly iamAction: string
  readonly documentation: string
  readonly input: Input
  readonly output: Output
  readonly errors: readonly ErrorName[]
  readonly pagination?: Pagination
}

/** `repositoryName` and `RepositoryName` as the command line writes them: `repository-name`. */
export function kebabCase(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, letter => `-${letter}`).toLowerCase()
}

/** Completes one operation by the names that follow from its own. */
export function operation<
  const Name extends string,
  In extends MemberShapes,
  Out extends MemberShapes,
  const Required extends keyof In & string = never,
  const Present extends keyof Out & string = never,
>(
  name: Name,
  definition: {
    readonly documentation: string
    readonly input: In
    readonly required?: readonly Required[]
    readonly output: Out
    /** The output members that are never absent. */
    readonly present?: readonly Present[]
    readonly errors: readonly ErrorName[]
    readonly pagination?: Pagination
  },
): Operation<Name, StructureShape<In, Required>, StructureShape<Out, Present>> {
  const { documentation, input, required, output, present, errors, pagination } = definition
  return {
    name,
    cliName: kebabCase(name),
    iamAction: `${service.signingName}:${name}`,
    documentation,
    input: structure(`${name}Request`, input, required),
    output: structure(`${name}Response`, output, present),
    errors,
    ...(pagination && { pagination }),
  }
}

/** The four listings page alike and differ only in what they list. */
export const paginated = (resultKey: string): Pagination => ({
  inputToken: 'nextToken',
  outputToken: 'nextToken',
  limitKey: 'maxResults',
  resultKey,
  defaultLimit: 100,
})
