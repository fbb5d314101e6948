import type { EcrErrorName } from './ecr/errors.ts'
import type { ErrorName } from './errors.ts'
import { service } from './service.ts'
import { type Infer, type MemberShapes, type StructureShape, structure } from './shapes.ts'

/** The members that carry the pages of a listing, each by the name of a top-level member. */
export interface Pagination {
  readonly inputToken: string
  readonly outputToken: string
  readonly limitKey: string
  readonly resultKey: string
  /** The size of a page when the request names none. */
  readonly defaultLimit: number
  /** Output members that are about the listing as a whole. They are alike on every page. */
  readonly sharedKeys?: readonly string[]
}

/** One operation of a service; `operations` has those of ECR Public with their exact types. */
export interface Operation<
  Name extends string = string,
  Input extends StructureShape = StructureShape,
  Output extends StructureShape = StructureShape,
> {
  readonly name: Name
  readonly cliName: string
  readonly iamAction: string
  readonly documentation: string
  readonly input: Input
  readonly output: Output
  readonly errors: readonly (ErrorName | EcrErrorName)[]
  readonly pagination?: Pagination
}

/** The operations of one service by their wire names. */
export type OperationTable<Names extends PropertyKey = string> = { readonly [Name in Names]: Operation }

/** One function for each operation of a service. A handler that is missing does not compile. */
export type HandlersOf<Operations extends OperationTable<keyof Operations>, Context> = {
  [Op in keyof Operations]: (
    input: Infer<Operations[Op]['input']>,
    context: Context,
  ) => Promise<Infer<Operations[Op]['output']>>
}

/** A name as the command line writes it: `repository-name` for `repositoryName` and `RepositoryName`. */
export function kebabCase(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, letter => `-${letter}`).toLowerCase()
}

/** Makes the operations of a service. In policies, its actions begin with `iamPrefix`. */
export const operationsOf =
  (iamPrefix: string) =>
  /** Completes one operation by the names that follow from its own. */
  <
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
      readonly errors: Operation['errors']
      readonly pagination?: Pagination
    },
  ): Operation<Name, StructureShape<In, Required>, StructureShape<Out, Present>> => {
    const { documentation, input, required, output, present, errors, pagination } = definition
    return {
      name,
      cliName: kebabCase(name),
      iamAction: `${iamPrefix}:${name}`,
      documentation,
      input: structure(`${name}Request`, input, required),
      output: structure(`${name}Response`, output, present),
      errors,
      ...(pagination && { pagination }),
    }
  }

/** An operation of ECR Public. */
export const operation = operationsOf(service.signingName)

/** The pagination of a listing. Listings differ only in what they list. */
export const paginated = (resultKey: string): Pagination => ({
  inputToken: 'nextToken',
  outputToken: 'nextToken',
  limitKey: 'maxResults',
  resultKey,
  defaultLimit: 100,
})
