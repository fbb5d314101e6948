import rehypeSanitize, { defaultSchema } from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { type Parent, prepareTree, settleTree } from './trees.ts'

/**
 * The markup of a stranger's text in GitHub-flavoured Markdown. HTML in the text is left out. The rest is sanitized as
 * a tree, by a list of what is allowed, and never parsed again. Ids begin with `prefix`, so that nothing in a text
 * takes the place of another element.
 */
export function markdownToHtml(text: string, prefix: string): string {
  const schema = {
    ...defaultSchema,
    tagNames: defaultSchema.tagNames?.filter(name => name !== 'img' && name !== 'input'),
    clobberPrefix: prefix,
    protocols: { href: ['http', 'https', 'mailto'] },
  }
  const file = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype)
    .use(() => tree => prepareTree(tree as Parent))
    .use(rehypeSanitize, schema)
    .use(() => tree => settleTree(tree as Parent, prefix))
    .use(rehypeStringify)
    .processSync(text)
  return String(file)
}
