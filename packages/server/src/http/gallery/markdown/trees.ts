/** A node of a tree of HTML, as far as it is changed here. */
export interface TreeNode {
  type: string
  tagName?: string
  value?: string
  properties?: Record<string, unknown>
  children?: TreeNode[]
}
export type Parent = TreeNode & { children: TreeNode[] }

/** How deep lists and quotes may nest: deeper ones would leave no width for their text. */
const DEPTH_LIMIT = 16
/** How many levels headings go down: a page has its own headings of the first two levels. */
const LEVELS_DOWN = 2

const textNode = (value: string): TreeNode => ({ type: 'text', value })

/** The text in a node and all below it. */
function textIn(node: TreeNode): string {
  return node.value ?? (node.children ?? []).map(textIn).join('')
}

/**
 * Prepares a tree before it is sanitized. An image becomes a link to the image, since a page asks no other server for
 * anything. A box of a task list becomes a mark. Headings go down by two levels and get ids by their text. What is
 * nested too deeply becomes plain text.
 */
export function prepareTree(root: Parent): void {
  const taken = new Set<string>()
  const walk = (parent: TreeNode, depth: number, isInLink: boolean): void => {
    if (parent.children === undefined) return
    if (depth > DEPTH_LIMIT) {
      parent.children = [textNode(textIn(parent))]
      return
    }
    parent.children = parent.children.map(node => replaced(node, isInLink))
    for (const node of parent.children) {
      nameHeading(node, taken)
      walk(node, depth + 1, isInLink || node.tagName === 'a')
    }
  }
  walk(root, 0, false)
}

function replaced(node: TreeNode, isInLink: boolean): TreeNode {
  const { tagName, properties = {} } = node
  if (tagName === 'input') return textNode(properties['checked'] === true ? '☑' : '☐')
  if (tagName !== 'img') return node
  const { src, alt } = properties
  const name = textNode(typeof alt === 'string' && alt !== '' ? alt : 'image')
  if (isInLink) return name
  return { type: 'element', tagName: 'a', properties: { href: src }, children: [name] }
}

function nameHeading(node: TreeNode, taken: Set<string>): void {
  const [, level] = /^h([1-6])$/.exec(node.tagName ?? '') ?? []
  if (level === undefined) return
  node.tagName = `h${Math.min(6, Number(level) + LEVELS_DOWN)}`
  const slug = textIn(node)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s+/g, '-')
    .slice(0, 100)
  let id = slug
  for (let more = 1; taken.has(id); more += 1) id = `${slug}-${more}`
  taken.add(id)
  node.properties = { ...node.properties, id: node.properties?.['id'] ?? id }
}

/**
 * Settles a tree after it was sanitized. Links within the text lead to the ids that it has now, relative links lead
 * nowhere, and others vouch for nothing. What scrolls sideways can be reached by the keyboard.
 */
export function settleTree(root: Parent, prefix: string): void {
  const walk = (parent: TreeNode): void => {
    if (parent.children === undefined) return
    for (const node of parent.children) {
      if (node.tagName === 'a') settleLink(node, prefix)
      if (node.tagName === 'pre') node.properties = { ...node.properties, tabIndex: 0 }
      walk(node)
    }
    parent.children = parent.children.map(node => (node.tagName === 'table' ? framed(node) : node))
  }
  walk(root)
}

function settleLink(node: TreeNode, prefix: string): void {
  const properties = node.properties ?? {}
  const { href } = properties
  node.properties = properties
  if (typeof href !== 'string') return
  if (href.startsWith('#')) properties['href'] = `#${prefix}${href.slice(1)}`
  else if (/^(?:https?|mailto):/i.test(href)) properties['rel'] = ['nofollow', 'noopener', 'ugc']
  else delete properties['href']
}

const framed = (table: TreeNode): TreeNode => ({
  type: 'element',
  tagName: 'div',
  properties: { className: ['frame'], tabIndex: 0, role: 'region', ariaLabel: 'Table' },
  children: [table],
})
