/**
 * What each rule does not hold for, with the reason. A test fails on a line that is no longer needed, so that the
 * lists shrink.
 */
export type Exceptions = Readonly<
  Record<string, readonly { readonly why: string; readonly subjects: readonly string[] }[]>
>

export const EXCEPTIONS: Exceptions = {
  'a function of more than 60 lines': [
    {
      why: 'a parser is one function whose parts share the position in the text',
      subjects: [
        'packages/cli/src/argv/parse-arguments.ts: parseArguments',
        'packages/cli/src/http/http1.ts: createResponseReader',
        'packages/cli/src/parameters/shorthand.ts: parseShorthand',
        'packages/cli/src/python/parse-json.ts: parseJson',
        'packages/cli/src/query/parse-query.ts: parseQuery',
        'packages/lifecycle/src/read-json.ts: readJson',
      ],
    },
    {
      why: 'a group of rows is one function that returns its methods, and no method is long',
      subjects: ['packages/server/src/adapters/metadata-sql/*: *Rows'],
    },
  ],
}
