import { type Dict, isList, type Value } from '../python/value.ts'

/** What an operation answered: one answer, or pages that are still to be fetched. */
export type Answer = { readonly one: Dict } | { readonly pages: Pages }

/** Pages as they arrive. Once all are read, `resumeToken` tells where a limit cut them off. */
export interface Pages {
  readonly resultKey: string
  /** The members of the first page that are about the whole listing. */
  readonly shared: () => Dict
  readonly resumeToken: () => string | undefined
  [Symbol.asyncIterator](): AsyncIterator<Dict>
}

/** The pages as one answer: the items of all pages, and a token when there are more. */
export async function collectPages(pages: Pages): Promise<Dict> {
  const result = new Map<string, Value>()
  let items: Value[] | undefined
  for await (const page of pages) {
    const more = page.get(pages.resultKey)
    if (isList(more)) {
      items ??= []
      for (const item of more) items.push(item)
    }
  }
  if (items) result.set(pages.resultKey, items)
  for (const [name, value] of pages.shared()) result.set(name, value)
  const token = pages.resumeToken()
  if (token !== undefined) result.set('NextToken', token)
  return result
}
